// Package web serves a search to people and programs: a page, a search API that can be written to, and a rerank
// API, on echo.
//
// Every file is one thing a client can ask for: page.go, document.go and apipage.go answer people; api.go, documents_api.go and
// rerank.go programs, in any of the forms that package dialect knows, and models.go tells them what judges; operations.go
// and metrics.go are for whoever runs the server. The page and the search API parse a request and search in
// the same few lines, search.go. A handler returns its error; errors.go is the one table that says which status and text
// that becomes. What every request goes through (identity, log, headers, panics) is in middleware.go and logger.go, who may ask in
// keys.go, from where in network.go, and body.go reads JSON. Below are two packages that know nothing of HTTP: keyring,
// who has a key, what for and how much of it is left; and turns, whose request the model works on next.
//
// The package knows a search only as a [Searcher] and models as a [Reranker]: it opens nothing by itself.
// Read next: search.go, then package pipeline, whose Answer is what is served.
package web

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"html/template"
	"log/slog"
	"net/http"
	"net/netip"

	"github.com/labstack/echo/v4"
	"go.opentelemetry.io/otel/trace"

	"github.com/quern-search/quern/index"
	"github.com/quern-search/quern/pipeline"
	"github.com/quern-search/quern/rerank"
	"github.com/quern-search/quern/web/dialect"
	"github.com/quern-search/quern/web/keyring"
)

// A Searcher answers queries; *pipeline.Pipeline is one. An error that wraps [pipeline.ErrQuery] is the asker's fault.
type Searcher interface {
	Search(ctx context.Context, q pipeline.Query) (pipeline.Answer, error)
}

// A Reranker judges documents that a request brings; *pipeline.Pipeline is one. It ends with ctx, whatever its models do.
type Reranker interface {
	// Rerank judges all documents of t, or returns an error.
	Rerank(ctx context.Context, t rerank.Task) (pipeline.Judgment, error)
	// Count tells how many tokens t has, and how much of it is read; an error says why it cannot be read at all.
	Count(t rerank.Task, l rerank.Limits) (rerank.Count, error)
	// Models are what judges, in the order in which it is asked; none: nothing can be reranked.
	Models() []rerank.Model
}

// Documents are the stored documents; *index.Index is one. Get returns an error that wraps [index.ErrNotFound] for an
// ID that is not there.
type Documents interface {
	Get(ctx context.Context, id string) (index.Document, error)
	Count() (int, error)
}

// A Config says what a Server serves. Search and Documents must be set.
type Config struct {
	// Search answers the page and /api/search.
	Search Searcher
	// Documents are shown at /doc/ID and counted by /readyz.
	Documents Documents
	// Rerank judges for the rerank API, and names the models for /readyz; nil: there is none, and the API answers 503.
	Rerank Reranker
	// Strict refuses a rerank request whose query is longer than its form allows, rather than cut the query.
	Strict bool
	// StrictModels refuses one that names another model than those of Rerank, rather than let these judge.
	StrictModels bool

	// Keys are those of which a client must send one, as Authorization: Bearer SECRET, for everything but the page and
	// what belongs to it, /healthz and /readyz. Nil: all is open. Whoever serves runs its Keep.
	Keys *keyring.Ring
	// ProtectSearch asks for a key for the page and its documents too; it needs Keys.
	ProtectSearch bool

	// Writer takes what /api/documents is told to put and delete, which Search and Documents must then see. It needs Keys:
	// strangers may not change what others find. Nil: there is no /api/documents.
	Writer Writer

	// TrustedProxies are the networks of the reverse proxies in front: from these alone X-Forwarded-For is believed.
	// Default: none, and the client is who is connected.
	TrustedProxies []netip.Prefix
	// CORSOrigins are those whose pages may call this server from a browser, such as "https://shop.example.com", or "*"
	// for all; see [CheckOrigin]. Default: none but the server's own.
	CORSOrigins []string

	// Load tells how many tasks the models are at work on, and how many wait for a turn: see package turns. /metrics shows
	// it. Default: nothing is known.
	Load func() (working, waiting int)

	// ModelNote says what people should know about the models before they trust it, such as "unverified: it was not
	// probed"; shown on the page and by /readyz. Default: nothing.
	ModelNote string
	// Window and TopN are what Search does when a query does not say; the form shows them. Default: those of pipeline.
	Window, TopN int
	// Title names the site, in the page's head and its titles; default "quern".
	Title string
	// Examples are queries that the page offers before the first search; default none.
	Examples []string
	// Facets are fields by whose values the page offers to filter, at most 16; those that no hit has are not shown.
	// Default: none.
	Facets []string
	// Sorts are the orders that the page offers besides the one by relevance: the name of a field, with a minus in front
	// for descending. Default: none.
	Sorts []string
	// Version is what /version and the page's foot say; default "devel".
	Version string
	// Logger gets one line a request, without the texts of queries and documents; default: nowhere. See [LogHandler] for
	// that of Search and Rerank.
	Logger *slog.Logger
	// Tracer makes a span of every request, in whose context Search and Rerank then work. Default: none is made.
	Tracer trace.Tracer
}

func (c Config) withDefaults() (Config, error) {
	if c.Search == nil || c.Documents == nil {
		return c, errors.New("set both Config.Search and Config.Documents, to a *pipeline.Pipeline and an *index.Index for example")
	}
	if c.Writer != nil && c.Keys == nil {
		return c, errors.New("Config.Writer without Config.Keys would let anybody write: set both")
	}
	if c.ProtectSearch && c.Keys == nil {
		return c, errors.New("Config.ProtectSearch without Config.Keys would let nobody in: set both")
	}
	if err := cmp.Or(checkFacets(c.Facets), checkSorts(c.Sorts)); err != nil {
		return c, err
	}
	for _, origin := range c.CORSOrigins {
		if err := CheckOrigin(origin); err != nil {
			return c, fmt.Errorf("Config.CORSOrigins: %w", err)
		}
	}
	c.Window = cmp.Or(c.Window, pipeline.DefaultWindow)
	c.TopN = cmp.Or(c.TopN, pipeline.DefaultTopN)
	c.Title = cmp.Or(c.Title, "quern")
	c.Version = cmp.Or(c.Version, "devel")
	if c.Logger == nil {
		c.Logger = slog.New(slog.DiscardHandler)
	}
	c.Logger = slog.New(LogHandler(c.Logger.Handler()))
	return c, nil
}

// A Server is the HTTP side of quern. It is safe for concurrent use.
type Server struct {
	cfg    Config
	pages  map[string]*template.Template
	static map[string]asset
	api    apiView
	count  *metrics
	room   room
	echo   *echo.Echo
}

// models are what judges, the first one first; none: answers are in BM25 order.
func (s *Server) models() []rerank.Model {
	if s.cfg.Rerank == nil {
		return nil
	}
	return s.cfg.Rerank.Models()
}

// New returns a Server, or says what cfg lacks.
func New(cfg Config) (*Server, error) {
	cfg, err := cfg.withDefaults()
	if err != nil {
		return nil, fmt.Errorf("web: %w", err)
	}
	s := &Server{cfg: cfg, count: newMetrics(cfg), room: newRoom(), echo: echo.New()}
	s.cfg.Search = measuredSearch{cfg.Search, s.count}
	if cfg.Rerank != nil {
		s.cfg.Rerank = measuredRerank{cfg.Rerank, s.count}
	}
	if s.static, err = loadStatic(); err != nil {
		return nil, fmt.Errorf("web: %w", err)
	}
	if s.pages, err = loadPages(s.static); err != nil {
		return nil, fmt.Errorf("web: %w", err)
	}
	if s.api, err = viewOfAPI(); err != nil {
		return nil, fmt.Errorf("web: %w", err)
	}
	s.echo.HTTPErrorHandler = s.fail
	s.echo.IPExtractor = clientIP(cfg.TrustedProxies)
	s.echo.Use(s.middleware()...)
	s.routes()
	return s, nil
}

// routes is the table of contents of the server, with who may read what.
func (s *Server) routes() {
	read := []string{http.MethodGet, http.MethodHead}
	s.echo.Match(read, "/", s.page, s.withSearchKey)
	s.echo.Match(read, "/doc/*", s.document, s.withSearchKey)
	s.echo.Match(read, "/api", s.apiPage)
	s.echo.Match(read, "/static/*", s.asset)
	s.echo.Match(read, "/api/search", s.apiSearchGet, s.withKey)
	s.echo.POST("/api/search", s.apiSearchPost, s.withKey)
	for _, route := range dialect.Routes() {
		s.echo.POST(route.Path, s.rerank(route), inForm(route), s.withKey)
	}
	s.echo.Match(read, "/v1/models", s.listModels, s.withKey)
	s.echo.Match(read, "/v1/models/*", s.showModel, s.withKey)
	s.echo.Match(read, "/info", s.info, s.withKey)
	s.echo.Match(read, "/meta", s.info, s.withKey) // Weaviate hands it on as it is
	s.echo.Match(read, "/v1/cluster/auth", s.clusterAuth)
	if s.cfg.Writer != nil {
		s.echo.Match([]string{http.MethodPut, http.MethodPost}, "/api/documents", s.documentsPut, s.withKey)
		s.echo.Match(read, "/api/documents/*", s.documentGet, s.withKey)
		s.echo.DELETE("/api/documents/*", s.documentDelete, s.withKey)
	}
	s.echo.Match(read, "/openapi.yaml", s.openapi)
	for _, path := range []string{"/healthz", "/health", "/.well-known/ready", "/.well-known/live"} { // the last two are Weaviate's
		s.echo.Match(read, path, s.healthz)
	}
	s.echo.Match(read, "/readyz", s.readyz)
	s.echo.Match(read, "/version", s.version, s.withKey)
	s.echo.Match(read, "/metrics", s.count.handler(), s.withKey)
}

// Handler answers requests, for a server of one's own or a test; [Server.Serve] is one with the right timeouts.
func (s *Server) Handler() http.Handler { return s.echo }
