# data: armed; what a deadline adds if it is earlier than all others, among them, later than all
set title "Arming and cancelling a deadline: at worst logarithmic in those armed". \
    subtitle("what a finite deadline adds to a call that is answered in time, 1 CPU")
set xlabel "threads that wait with a deadline meanwhile"
set ylabel "guest instructions added to a round trip"
set logscale x 10
set xtics ("1" 1, "10" 10, "100" 100, "1,000" 1000, "10,000" 10000)
set xrange [0.9:12000]
stats data using 2 nooutput name "E"
set yrange [0:1.1 * E_max]
plot data using 1:2 with linespoints linetype 2 title "it is earlier than all others", \
     data using 1:3 with linespoints linetype 1 title "somewhere among them, mean of 8 places", \
     data using 1:4 with linespoints linetype 3 title "later than all others"
