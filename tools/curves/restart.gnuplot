# data: milliseconds between kills (0: none), KiB/s, kills, busy ones; the first line is without kills
stats data using 2 every ::0::0 nooutput name "N"
undisturbed = N_max / 1024
stats data using ($2 / 1024) nooutput name "A"
set title "A copy goes on while its servers are killed". \
    subtitle("file server and disk driver in turn; each copy made durable and compared; wall time, plain TCG, 4 CPUs")
set xlabel "time between kills"
set ylabel "MiB/s"
set logscale x 10
set xrange [14000:8]
set yrange [0:1.15 * A_max]
set format y "%.0f"
set xtics ("10 s" 10000, "5 s" 5000, "2 s" 2000, "1 s" 1000, "500 ms" 500, "100 ms" 100, "50 ms" 50, "20 ms" 20, "10 ms" 10)
plot undisturbed with lines linetype 1 dashtype 2 linecolor rgb grey title sprintf("no kills: %.1f MiB/s", undisturbed), \
     data every ::1 using 1:($2 / 1024) with linespoints linetype 1 title "under kills, share of that without", \
     data every ::1 using 1:($2 / 1024):(sprintf("%.0f %%", 100 * $2 / 1024 / undisturbed)) with labels offset 0,1.1 \
        notitle
