package web

import (
	"context"
	"net/http"
	"runtime"
	"slices"
	"strconv"
	"time"

	"github.com/labstack/echo/v4"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/quern-search/quern/pipeline"
	"github.com/quern-search/quern/rerank"
)

// metrics are what one server counts, in a registry of its own: two servers in a process do not share any.
//
// No label holds what a client can make up: paths are routes, methods those of HTTP, models those that are loaded.
type metrics struct {
	registry *prometheus.Registry

	requests  *prometheus.CounterVec   // path, method, status
	latency   *prometheus.HistogramVec // path, method
	inFlight  prometheus.Gauge
	searches  *prometheus.CounterVec   // status: that of the reranking
	stages    *prometheus.HistogramVec // stage: retrieve, rerank, total
	reranks   prometheus.Histogram
	documents *prometheus.CounterVec // model
	tokens    *prometheus.CounterVec // model
	cacheHits prometheus.Counter
}

// seconds are the bounds of every histogram: from what BM25 takes over a small index to maxWork.
var seconds = []float64{.001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10, 30, 60, 180, 600}

func newMetrics(cfg Config) *metrics {
	m := &metrics{registry: prometheus.NewRegistry()}
	counter := func(name, help string, labels ...string) *prometheus.CounterVec {
		c := prometheus.NewCounterVec(prometheus.CounterOpts{Name: name, Help: help}, labels)
		m.registry.MustRegister(c) // which fails for a name that is there twice, as every test would show
		return c
	}
	histogram := func(name, help string, labels ...string) *prometheus.HistogramVec {
		h := prometheus.NewHistogramVec(prometheus.HistogramOpts{Name: name, Help: help, Buckets: seconds}, labels)
		m.registry.MustRegister(h)
		return h
	}
	gauge := func(name, help string) prometheus.Gauge {
		g := prometheus.NewGauge(prometheus.GaugeOpts{Name: name, Help: help})
		m.registry.MustRegister(g)
		return g
	}
	m.requests = counter("quern_http_requests_total", "Requests answered, by route, method and status; 499: the client hung up.", "path", "method", "status")
	m.latency = histogram("quern_http_request_duration_seconds", "Time from a request's headers to the end of its answer.", "path", "method")
	m.inFlight = gauge("quern_http_requests_in_flight", "Requests that are being answered.")
	m.searches = counter("quern_searches_total", "Searches answered, by what became of their reranking.", "status")
	m.stages = histogram("quern_search_stage_duration_seconds", "Time of each stage of a search: retrieve (BM25), rerank (the models), total.", "stage")
	m.reranks = histogram("quern_rerank_duration_seconds", "Time of a task of the rerank API in the models.").WithLabelValues().(prometheus.Histogram)
	m.documents = counter("quern_rerank_documents_total", "Documents that a model gave a score, for searches and the rerank API; known scores are counted too.", "model")
	m.tokens = counter("quern_rerank_tokens_total", "Prompt tokens that a model read; nothing is read for a known score.", "model")
	m.cacheHits = counter("quern_score_cache_hits_total", "Documents whose score was known already.").WithLabelValues()
	m.registry.MustRegister(
		prometheus.NewGaugeFunc(prometheus.GaugeOpts{
			Name: "quern_build_info", Help: "1, with what this program is as labels.",
			ConstLabels: prometheus.Labels{"version": cfg.Version, "goversion": runtime.Version()},
		}, func() float64 { return 1 }),
		indexSize{cfg.Documents},
		queueLoad{cfg.Load},
		collectors.NewGoCollector(),
		collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}),
	)
	return m
}

// handler is GET /metrics, in the form that the scraper asks for.
func (m *metrics) handler() echo.HandlerFunc {
	return echo.WrapHandler(promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{DisableCompression: true})) // middleware compresses
}

// measure counts every request, whatever became of it. It stands around log, which turns errors into statuses.
func (m *metrics) measure(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		start := time.Now()
		m.inFlight.Inc()
		defer m.inFlight.Dec()
		err := next(c)
		path, method := labels(c)
		m.requests.WithLabelValues(path, method, strconv.Itoa(c.Response().Status)).Inc()
		m.latency.WithLabelValues(path, method).Observe(time.Since(start).Seconds())
		return err
	}
}

// labels are the route and the method of a request, in words of which there are only so many.
func labels(c echo.Context) (path, method string) {
	path, method = c.Path(), c.Request().Method
	if path == "" {
		path = "none"
	}
	if !slices.Contains(methods, method) {
		method = "other"
	}
	return path, method
}

var methods = []string{http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodDelete, http.MethodOptions}

// measuredSearch is a Searcher whose searches are counted.
type measuredSearch struct {
	Searcher
	*metrics
}

// Search implements [Searcher].
func (s measuredSearch) Search(ctx context.Context, q pipeline.Query) (pipeline.Answer, error) {
	a, err := s.Searcher.Search(ctx, q)
	if err != nil {
		return a, err
	}
	s.searches.WithLabelValues(string(a.Rerank.Status)).Inc()
	s.stages.WithLabelValues("retrieve").Observe(a.Stats.RetrieveMS / 1000)
	s.stages.WithLabelValues("total").Observe(a.Stats.TotalMS / 1000)
	if a.Rerank.Window > 0 { // a model was asked
		s.stages.WithLabelValues("rerank").Observe(a.Stats.RerankMS / 1000)
		s.judged(a.Rerank.Model, a.Rerank.Judged, a.Rerank.Tokens, a.Stats.CacheHits)
	}
	return a, nil
}

// measuredRerank is a Reranker whose tasks are counted.
type measuredRerank struct {
	Reranker
	*metrics
}

// Rerank implements [Reranker].
func (r measuredRerank) Rerank(ctx context.Context, t rerank.Task) (pipeline.Judgment, error) {
	start := time.Now()
	j, err := r.Reranker.Rerank(ctx, t)
	if err != nil {
		return j, err
	}
	r.reranks.Observe(time.Since(start).Seconds())
	r.judged(j.Model.Name, len(j.Scores), j.Read, j.CacheHits)
	return j, nil
}

func (m *metrics) judged(model string, documents, tokens, known int) {
	m.documents.WithLabelValues(model).Add(float64(documents))
	m.tokens.WithLabelValues(model).Add(float64(tokens))
	m.cacheHits.Add(float64(known))
}
