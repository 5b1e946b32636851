package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"github.com/quern-search/quern/web"
)

// serveCommand is what `quern serve` was told.
type serveCommand struct {
	listen    string
	corpus    corpusFlags
	model     modelFlags
	how       pipelineFlags
	access    accessFlags
	load      loadFlags
	strict    bool
	models    bool // strictly: no other names
	offer     offerFlags
	tls       tlsFlags
	network   networkFlags
	logFormat string
	config    configFlag
}

func newServe() *cobra.Command {
	var c serveCommand
	cmd := &cobra.Command{
		Use:   "serve",
		Short: "Serve a search page, a search API and a rerank API",
		Long: `serve answers searches over HTTP: a page for people at /, JSON at /api/search, and the rerank API of many
vendors at /v1/rerank and other paths. Without --corpus it serves 250 articles that are built in.

With --fallback another model judges when the first fails or is over its time; every answer names the one that judged.

With --keys FILE, which ` + "`quern keys add`" + ` makes, or QUERN_API_KEYS=KEY,... in the environment, programs must send a key as
Authorization: Bearer KEY; the page stays open without --protect-search. With --writable they then also put, read and
delete documents, at /api/documents, and searches see that at once.

/api describes every call, to read and to try. /metrics is for Prometheus, and traces go where OpenTelemetry's variables
say, such as OTEL_EXPORTER_OTLP_ENDPOINT.

It listens on this machine only, unless --listen says otherwise. Ctrl-C ends it after the answers under way.`,
		Example: `  quern serve
  quern serve --corpus ./docs --index ./idx
  quern serve --index ./idx --model ./Qwen3-Reranker-0.6B.Q8_0.gguf --deadline 5s
  quern serve --model ./Qwen3-Reranker-0.6B.Q8_0.gguf --fallback tiny --fallback-after 3s
  quern serve --corpus ./docs --facet topic --facet kind --sort -updated
  quern serve --corpus ./docs --config tuned.toml
  quern serve --keys quern-keys.json
  QUERN_API_KEYS=... quern serve --index ./idx --writable
  curl 'http://127.0.0.1:8080/api/search?q=red+wine+stain'`,
		Args: arguments(cobra.NoArgs, "none"),
		RunE: func(cmd *cobra.Command, _ []string) error { return c.run(cmd) },
	}
	cmd.Flags().StringVar(&c.listen, "listen", "127.0.0.1:8080", "`HOST:PORT` to serve at; port 0 takes any that is free")
	c.corpus.add(cmd.Flags())
	c.model.add(cmd.Flags())
	c.how.add(cmd.Flags())
	c.access.add(cmd.Flags())
	c.load.add(cmd.Flags())
	cmd.Flags().BoolVar(&c.strict, "strict", false, "refuse a rerank request whose query is over 4,000 tokens, rather than cut the query")
	cmd.Flags().BoolVar(&c.models, "strict-models", false, "refuse a rerank request that names another model, rather than judge by the one that there is")
	c.offer.add(cmd.Flags())
	c.tls.add(cmd.Flags())
	c.network.add(cmd.Flags())
	c.config.add(cmd.Flags())
	cmd.Flags().StringVar(&c.logFormat, "log-format", "text", "write the log on standard error as `FORM` text or json")
	return cmd
}

func (c *serveCommand) run(cmd *cobra.Command) error {
	if err := c.config.apply(cmd); err != nil {
		return err
	}
	if err := cmp.Or(c.how.check(cmd), c.model.check(), c.offer.check(), c.load.check()); err != nil {
		return err
	}
	c.corpus.mayBeEmpty = c.access.writable
	ctx, stderr := cmd.Context(), cmd.ErrOrStderr()
	cfg, endTraces, err := c.configure(ctx, stderr)
	if err != nil {
		return err
	}
	defer endTraces()
	l, err := c.open(cfg.Logger)
	if err != nil {
		return err
	}
	defer l.Close()
	s, err := openStages(ctx, c.corpus, c.model, consoleOf(cmd))
	if err != nil {
		return err
	}
	defer s.index.Close()
	server, err := c.server(cfg, s)
	if err != nil {
		return err
	}
	at := l.Addr().(*net.TCPAddr)
	c.warn(cfg.Keys != nil, at, stderr)
	if err := c.announce(s, at, cfg.Logger, stderr); err != nil {
		return err
	}
	saved := keep(ctx, cfg.Keys)
	err = server.Serve(ctx, l)
	saved()
	if err != nil {
		return err
	}
	cfg.Logger.Info("asked to end, and ended")
	return s.index.Close()
}

// configure says who is let in, and where log and traces go, which are ended by the function that it returns. It is done
// first, since a mistake in it is told at once.
func (c serveCommand) configure(ctx context.Context, stderr io.Writer) (cfg web.Config, endTraces func(), err error) {
	if err := c.network.set(&cfg); err != nil {
		return cfg, nil, err
	}
	cfg.ProtectSearch = c.access.protectSearch
	if cfg.Logger, err = newLogger(c.logFormat, stderr); err != nil {
		return cfg, nil, err
	}
	if cfg.Keys, err = c.access.keys(cfg.Logger); err != nil {
		return cfg, nil, err
	}
	b, err := thisBuild()
	if err != nil {
		return cfg, nil, err
	}
	cfg.Version = b.Version
	cfg.Tracer, endTraces, err = openTracer(ctx, os.Getenv, b.Version, cfg.Logger)
	return cfg, endTraces, err
}

// open opens the address to serve at, with TLS where that was asked for.
func (c serveCommand) open(log *slog.Logger) (net.Listener, error) {
	tcp, err := listen(c.listen)
	if err != nil {
		return nil, err
	}
	l, err := c.tls.wrap(tcp, log)
	if err != nil {
		return nil, errors.Join(err, tcp.Close())
	}
	return l, nil
}

func newLogger(format string, w io.Writer) (*slog.Logger, error) {
	switch format {
	case "text":
		return slog.New(web.LogHandler(slog.NewTextHandler(w, nil))), nil
	case "json":
		return slog.New(web.LogHandler(slog.NewJSONHandler(w, nil))), nil
	}
	return nil, usagef(`--log-format is %q: give "text" or "json"`, format)
}

// server puts the pipeline behind HTTP. cfg says already what configure finds out.
func (c serveCommand) server(cfg web.Config, s stages) (*web.Server, error) {
	s.tracer = cfg.Tracer
	cfg.Load = c.load.inTurn(s.models)
	p, err := s.pipeline(c.how, cfg.Logger)
	if err != nil {
		return nil, err
	}
	cfg.Search, cfg.Rerank, cfg.Documents = p, p, s.index
	cfg.Strict, cfg.StrictModels = c.strict, c.models
	cfg.Window, cfg.TopN = c.how.window, c.how.topN
	cfg.Facets, cfg.Sorts = c.offer.facets, c.offer.sorts
	if c.access.writable {
		cfg.Writer = s.index
	}
	for _, m := range s.models {
		cfg.ModelNote = cmp.Or(cfg.ModelNote, m.note) // they are all probed, or none is
	}
	if c.corpus.builtIn() {
		cfg.Examples = fixtureQueries()
	}
	return web.New(cfg)
}

// announce says what is served, by what and where.
func (c serveCommand) announce(s stages, at *net.TCPAddr, log *slog.Logger, stderr io.Writer) error {
	n, err := s.index.Count()
	if err != nil {
		return err
	}
	if len(s.models) == 0 {
		log.Info("no model: answers are in BM25 order")
	}
	for i, opened := range s.models {
		what, m := "model", opened.scorer.Model()
		if i > 0 {
			what = "fallback"
		}
		attrs := []any{"name", m.Name, "kind", m.Kind, "context", m.Context, "fingerprint", m.Fingerprint}
		for _, fact := range opened.facts {
			attrs = append(attrs, strings.ReplaceAll(fact.Name, " ", "_"), fact.Value)
		}
		log.Info(what, attrs...)
	}
	_, err = fmt.Fprintf(stderr, "quern: serving %d documents at %s\n", n, urlOf(at, c.tls.on()))
	return err
}

// warn tells who is let in without a key, where others than this machine can ask, and what will be lost.
func (c serveCommand) warn(keys bool, at *net.TCPAddr, stderr io.Writer) {
	switch {
	case !isOpen(at) || c.access.protectSearch:
	case !keys:
		warnf(stderr, "%s runs open: anyone who reaches it can search and use the model: listen on 127.0.0.1, or let in only who has a key, with --keys or %s", at, keysVariable)
	default:
		warnf(stderr, "%s has an open page: anyone who reaches it can search there: --protect-search asks for a key", at)
	}
	if c.access.writable && c.corpus.index == "" {
		warnf(stderr, "the index is in memory: what is put is lost when this ends: keep it with --index DIR")
	}
}
