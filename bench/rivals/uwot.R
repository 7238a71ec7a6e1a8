# uwot's umap: uwot.R IN.bin ROWS COLUMNS N_NEIGHBORS (IN.bin: float32, row after row). Prints its seconds.
library(uwot)
arguments <- commandArgs(TRUE)
rows <- as.integer(arguments[2])
columns <- as.integer(arguments[3])
points <- matrix(readBin(arguments[1], "numeric", rows * columns, size = 4), nrow = rows, byrow = TRUE)
start <- proc.time()[["elapsed"]]
result <- umap(points, n_neighbors = as.integer(arguments[4]), n_components = 5, min_dist = 0, metric = "cosine",
               n_threads = 2, n_sgd_threads = 2)
cat(proc.time()[["elapsed"]] - start, "\n")
