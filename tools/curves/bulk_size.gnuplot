# data: blocks copy-1, move-1, move-2, move-4, share-1: bytes, instructions; crossings: bytes, instructions, CPUs
set title "Copy, move or share? Moving pages pays for large messages". \
    subtitle("a round trip, the work of all CPUs; moved pages come back with the answer; 4 MiB go as two messages")
set xlabel "size of the message"
set ylabel "guest instructions"
set logscale x 2
set logscale y 10
set xrange [450:4800000]
set yrange [200:*]
set xtics ("512 B" 512, "2 KiB" 2048, "8 KiB" 8192, "32 KiB" 32768, "128 KiB" 131072, "512 KiB" 524288, "2 MiB" 2097152)
set format y "%.0s %c"
plot data index "copy-1" with linespoints linetype 2 title "copied by the kernel (a lease)", \
     data index "share-1" with linespoints linetype 3 title "shared: only the message, no protection", \
     data index "crossings" using 1:2 with points pointtype 6 pointsize 2.2 linewidth 2 linecolor rgb "black" \
        title "here copying and moving cost the same", \
     data index "crossings" using 1:2:(sprintf("%.1f KiB", $1 / 1024)) with labels left rotate by 40 offset -0.4,1.1 \
        notitle, \
     data index "move-1" with linespoints linetype 1 title "moved, sender on 1 CPU", \
     data index "move-2" with linespoints linetype 6 title "moved, sender on 2 CPUs", \
     data index "move-4" with linespoints linetype 4 title "moved, sender on 4 CPUs"
