# What all curves share. Colours: Okabe and Ito's, which colour-blind people tell apart.
# Variables from tools/host/curves.py: data (the file), picture (what is to be drawn).
set terminal svg size 960,640 dynamic enhanced font "Helvetica,Arial,sans-serif,15" background rgb "white"
set output picture

set linetype 1 linecolor rgb "#0072b2" linewidth 2.5 pointtype 7 pointsize 0.7
set linetype 2 linecolor rgb "#d55e00" linewidth 2.5 pointtype 5 pointsize 0.7
set linetype 3 linecolor rgb "#009e73" linewidth 2.5 pointtype 9 pointsize 0.9
set linetype 4 linecolor rgb "#cc79a7" linewidth 2.5 pointtype 13 pointsize 0.9
set linetype 5 linecolor rgb "#e69f00" linewidth 2.5 pointtype 11 pointsize 0.9
set linetype 6 linecolor rgb "#56b4e9" linewidth 2.5 pointtype 3 pointsize 0.8
grey = "#777777"

set border 3 linecolor rgb grey
set tics nomirror textcolor rgb "#333333"
set grid ytics linetype 1 linewidth 0.8 linecolor rgb "#e0e0e0"
set key below left vertical maxrows 3 Left reverse spacing 1.35 samplen 2.5 width 2
set format "%.0f"
set title font ",19" offset 0,0.2
set tmargin 5
set rmargin 4
set xlabel font ",15"
set bmargin 8.5
# A second, smaller line of the title.
subtitle(text) = "\n{/*0.75 ".text."}"
