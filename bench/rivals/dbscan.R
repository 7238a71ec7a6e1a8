# dbscan's hdbscan: dbscan.R IN.bin ROWS COLUMNS MIN_POINTS (IN.bin: float32, row after row). Prints its seconds.
library(dbscan)
arguments <- commandArgs(TRUE)
rows <- as.integer(arguments[2])
columns <- as.integer(arguments[3])
points <- matrix(readBin(arguments[1], "numeric", rows * columns, size = 4), nrow = rows, byrow = TRUE)
start <- proc.time()[["elapsed"]]
result <- hdbscan(points, minPts = as.integer(arguments[4]))
cat(proc.time()[["elapsed"]] - start, "\n")
