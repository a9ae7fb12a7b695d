# data: words each way; instructions
before = 0
step(cost) = (last = before, before = cost, last == 0 ? 1.0 : cost > last ? 1.0 * cost / last : 1.0 * last / cost)
stats data using (step($2)) nooutput name "S"
stats data using 2 nooutput name "W"
set title sprintf("A message of any size: no step above %.2f times", S_max). \
    subtitle("call and reply\\_recv between two processes, so many words each way, 1 CPU")
set xlabel "words of 8 bytes"
set ylabel "guest instructions for a round trip"
set xrange [-1:65]
set xtics 8
set yrange [0:1.2 * W_max]
set bmargin 4
plot data with linespoints linetype 1 notitle
