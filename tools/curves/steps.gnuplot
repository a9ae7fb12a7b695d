# data: what; the longest stretch with interrupts off. Sorted, the longest last
stats data using 2 nooutput name "S"
set title "How long are interrupts off?". \
    subtitle("the longest stretch in each kind of operation at its largest, as the kernel itself measures; 1 CPU") \
    offset character -20, 0
set xlabel "guest instructions in one stretch"
set ylabel ""
unset key
set border 1
thousands(n) = n < 1000 ? sprintf("%d", n) : sprintf("%d,%03d", int(n) / 1000, int(n) % 1000)
set lmargin 52
set yrange [-0.7:S_records - 0.3]
set xrange [0:1.12 * S_max]
set format x "%.0s %c"
set bmargin 4
set xtics nomirror
set style fill solid
set boxwidth 0.62
unset grid
set grid xtics linetype 1 linewidth 0.8 linecolor rgb "#e0e0e0"
set ytics scale 0
plot data using (0.5 * $2):0:(0.5 * $2):(0.31):ytic(1) with boxxyerror linetype 1, \
     data using 2:0:(thousands($2)) with labels left offset 0.6,0 textcolor rgb "#333333"
