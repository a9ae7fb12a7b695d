# data: a block for each kind of thread; threads, instructions
stats data using 2 index "blocked" nooutput name "B"
stats data using 2 index "ready" nooutput name "R"
stats data using ($1 >= 256 ? $2 : 1/0) index "queued" nooutput name "Q"
set title "What a message costs does not depend on how many threads there are". \
    subtitle("round trip of 4 words between two processes, 1 CPU")
set xlabel "threads in the machine"
set ylabel "guest instructions for a round trip"
set logscale x 2
set xtics ("2" 2, "4" 4, "8" 8, "16" 16, "32" 32, "64" 64, "128" 128, "256" 256, "512" 512, "1,024" 1024, \
    "2,048" 2048, "4,096" 4096)
set xrange [1.8:4600]
spread(least, most) = sprintf("%.1f %%", 100.0 * (most - least) / least)
set yrange [0:1.15 * Q_max]
plot data index "queued" with linespoints linetype 3 \
        title "all call the same server and wait in its queue: from 256 on within ".spread(Q_min, Q_max), \
     data index "ready" with linespoints linetype 2 pointsize 1.2 \
        title "all others are ready, at a lower priority: within ".spread(R_min, R_max), \
     data index "blocked" with linespoints linetype 1 \
        title "all others are blocked: within ".spread(B_min, B_max)
