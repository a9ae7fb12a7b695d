# data: what; the longest stretch with interrupts off. Sorted, the longest last
stats data using 2 nooutput name "S"
set title "Interrupts off, for how long? The longest stretch by kind of operation". \
    subtitle("each at its largest, as the kernel measures itself; 1 CPU")
set xlabel "guest instructions in one stretch"
set ylabel ""
unset key
set border 1
set lmargin 52
set yrange [-0.7:S_records - 0.3]
set xrange [0:1.12 * S_max]
set format x "%.0f"
set xtics nomirror
set style fill solid
set boxwidth 0.62
unset grid
set grid xtics linetype 1 linewidth 0.8 linecolor rgb "#e0e0e0"
set ytics scale 0
plot data using (0.5 * $2):0:(0.5 * $2):(0.31):ytic(1) with boxxyerror linetype 1, \
     data using 2:0:(sprintf("%.0f", $2)) with labels left offset 0.6,0 textcolor rgb "#333333"
