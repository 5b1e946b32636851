// Command quern searches documents in two stages: BM25 finds candidates, and a reranking model judges them, in this
// process or on a server. It needs no set-up: `quern serve` starts a search page over articles that are built in.
//
// There is one file a subcommand (serve.go, search.go, ...). What they share: root.go puts the command together,
// errors.go says how failures are told, corpus.go opens what is searched and model.go what judges. This is the only
// package that reads flags; everything below is given a Config. Read next: package pipeline, the tour.
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // the first signal asks to end; from then on a second one ends it at once
	os.Exit(run(ctx, os.Stdin, os.Stdout, os.Stderr, os.Args[1:]))
}
