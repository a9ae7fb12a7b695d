# data: words each way; instructions
set title "A message of any size: no cliffs". \
    subtitle("call and reply\\\_recv between two processes, so many words each way, 1 CPU")
set xlabel "words of 8 bytes"
set ylabel "guest instructions for a round trip"
set xrange [-1:65]
set xtics 8
stats data using 2 nooutput name "W"
set yrange [0:1.2 * W_max]
plot data with linespoints linetype 1 notitle
