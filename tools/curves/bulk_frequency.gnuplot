# data: as for bulk_size. A stream of 256 MiB a second is cut into messages: so many a second, so large each.
stream = 256.0 * 1024 * 1024
frequency(bytes) = stream / bytes
load(bytes, cost) = cost * frequency(bytes) / 1e7
set title "Rare large messages are better moved, frequent small ones copied". \
    subtitle("the same 256 MiB every second; the work of all CPUs; what is over 2 MiB goes as several messages")
set xlabel "messages every second, and the size of each" offset 0,-1
set bmargin 9.5
set ylabel "% of a CPU (a billion instructions a second)"
set logscale xy
set xrange [50:640000]
set yrange [0.003:700]
set xtics ("64\n4 MiB" 64, "256\n1 MiB" 256, "1,024\n256 KiB" 1024, "4,096\n64 KiB" 4096, "16,384\n16 KiB" 16384, \
    "65,536\n4 KiB" 65536, "262,144\n1 KiB" 262144)
per_second(f) = f < 1000 ? sprintf("%d", f) : sprintf("%d,%03d", int(f) / 1000, int(f) % 1000)
set format y "%g"
plot data index "copy-1" using (frequency($1)):(load($1, $2)) with linespoints linetype 2 \
        title "copied by the kernel (a lease)", \
     data index "share-1" using (frequency($1)):(load($1, $2)) with linespoints linetype 3 \
        title "shared: only the messages, no protection", \
     data index "crossings" using (frequency($1)):(load($1, $2)) with points pointtype 6 pointsize 2.2 linewidth 2 \
        linecolor rgb "black" title "more often than this, copying is cheaper", \
     data index "crossings" using (frequency($1)):(load($1, $2)):(per_second(frequency($1))) with labels right \
        rotate by -40 offset -0.3,1.4 notitle, \
     data index "move-1" using (frequency($1)):(load($1, $2)) with linespoints linetype 1 title "moved, sender on 1 CPU", \
     data index "move-2" using (frequency($1)):(load($1, $2)) with linespoints linetype 6 title "moved, sender on 2 CPUs", \
     data index "move-4" using (frequency($1)):(load($1, $2)) with linespoints linetype 4 title "moved, sender on 4 CPUs"
