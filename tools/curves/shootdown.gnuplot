# data: CPUs that run the process; instructions of the initiator, of each responder
stats data using 1 nooutput name "N"
stats data using 2 every ::1 nooutput name "I"
set title "A shootdown: the price of each further CPU". \
    subtitle("write access to one page is taken away; instructions that each CPU executes itself")
set xlabel "CPUs that run threads of the process"
set ylabel "guest instructions"
set xrange [0.7:N_max + 0.3]
set yrange [0:1.1 * I_max]
set xtics 1
plot data using 1:2 with linespoints linetype 1 title sprintf("the CPU that asks: %.0f more for each", (I_max - I_min) / (N_max - 2)), \
     data using 1:($1 > 1 ? $3 : 1/0) with linespoints linetype 2 title "each CPU that is interrupted"
