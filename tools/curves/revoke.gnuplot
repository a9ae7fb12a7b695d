# data: capabilities derived; instructions for revoking children, a chain, children that are mapped
each(column) = sprintf("%.0f", word(last, column) / word(last, 1))
last = system("tail -1 ".data)
set title "Revoking costs what it destroys". \
    subtitle("revoking all that is derived from one capability, in another process, 1 CPU")
set xlabel "capabilities derived from it"
set ylabel "guest instructions"
set logscale xy 10
set xtics ("1" 1, "10" 10, "100" 100, "1,000" 1000, "10,000" 10000)
set format y "%.0s %c"
set xrange [0.9:16000]
set yrange [100:*]
plot data using 1:4 with linespoints linetype 3 title "each with a page mapped: ".each(4)." for each", \
     data using 1:3 with linespoints linetype 2 title "a chain, each derived from the one before: ".each(3)." for each", \
     data using 1:2 with linespoints linetype 1 title "children side by side: ".each(2)." for each"
