package ollama

import (
	"cmp"
	"context"
	"fmt"
	"net/http"
	"net/url"
	"sync/atomic"
	"time"

	"github.com/ollama/ollama/api"
	"golang.org/x/sync/semaphore"

	"github.com/quern-search/quern/rerank"
)

// The defaults of Config.
const (
	// DefaultHost is where Ollama listens unless it is told otherwise.
	DefaultHost = "http://127.0.0.1:11434"
	// DefaultContext is the model card's max_length, and what rerank/qwen3 reads too. Ollama reserves memory for all of
	// it when it loads a model: about 1 GB for Qwen3-Reranker-0.6B.
	DefaultContext = 8192
	// DefaultParallel keeps one request in work and one in the server's queue, so that the server never waits for the
	// client. More gain nothing on a CPU.
	DefaultParallel = 2
)

// minContext leaves room for the prompt's own text (about 70 tokens) and as much again for query and document.
const minContext = 192

// A Config says which model to ask, and how. Only Model must be set.
type Config struct {
	// Model is its name as `ollama list` prints it; without a tag it means :latest.
	Model string
	// Host is where the server is; nil: DefaultHost.
	Host *url.URL
	// HTTP does the requests; nil: a client without a time limit of its own, since the first request waits for the
	// model to be loaded. Contexts bound each Score.
	HTTP *http.Client
	// Context is how many tokens the server reserves for a prompt and the answer (num_ctx); 0: what the model was made
	// for, up to DefaultContext. Asking for another than the server's other clients do makes it load the model again.
	Context int
	// KeepAlive is how long the server keeps the model in memory after a request; 0: as the server is set up (5 minutes
	// unless it was changed), negative: for ever.
	KeepAlive time.Duration
	// Parallel is how many requests are under way at the same time, over all tasks; 0: DefaultParallel.
	Parallel int
}

// A Client asks one model of one server. It is safe for concurrent use.
type Client struct {
	cfg    Config
	api    *api.Client
	slots  *semaphore.Weighted // of cfg.Parallel; whoever waits longest is next
	served atomic.Pointer[model]
}

var _ rerank.Scorer = (*Client)(nil)

// Open asks the server about the model. It sends no prompt, so that it returns before the model is loaded. The error
// wraps [ErrUnreachable], [ErrNotPulled], [ErrTooOld], [ErrClassifier] or [ErrNotReranker] where it is one of these,
// and says what to do. Whether the model can judge is for [rerank.Probe] to find out.
func Open(ctx context.Context, cfg Config) (*Client, error) {
	c, err := newClient(cfg)
	if err != nil {
		return nil, err
	}
	m, err := c.look(ctx)
	if err != nil {
		return nil, fmt.Errorf("ollama: %q at %s: %w", c.cfg.Model, c.where(), err)
	}
	c.served.Store(m)
	return c, nil
}

func newClient(cfg Config) (*Client, error) {
	if cfg.Model == "" {
		return nil, fmt.Errorf("ollama: no model: give its name as `ollama list` prints it")
	}
	if cfg.Parallel < 0 || cfg.Context < 0 {
		return nil, fmt.Errorf("ollama: %d requests at the same time and a context of %d: give 0 for the default, or a positive number", cfg.Parallel, cfg.Context)
	}
	if cfg.Context > 0 && cfg.Context < minContext {
		return nil, fmt.Errorf("ollama: a context of %d tokens has no room for a query and a document: give %d or more", cfg.Context, minContext)
	}
	cfg.Parallel = cmp.Or(cfg.Parallel, DefaultParallel)
	if cfg.Host == nil {
		cfg.Host, _ = url.Parse(DefaultHost)
	}
	if cfg.HTTP == nil {
		cfg.HTTP = &http.Client{}
		if base, ok := http.DefaultTransport.(*http.Transport); ok {
			transport := base.Clone()
			transport.MaxIdleConnsPerHost = cfg.Parallel // or each request beyond two would dial anew
			cfg.HTTP.Transport = transport
		}
	}
	return &Client{cfg: cfg, api: api.NewClient(cfg.Host, cfg.HTTP), slots: semaphore.NewWeighted(int64(cfg.Parallel))}, nil
}

// where is the server's address for people: without a password that may be in it.
func (c *Client) where() string {
	return (&url.URL{Scheme: c.cfg.Host.Scheme, Host: c.cfg.Host.Host, Path: c.cfg.Host.Path}).String()
}

// Model says what the server runs. The fingerprint changes with the file, the context and the server's version; it is
// as of the latest task, so after a model was pulled anew the cached scores of the old one hold until one more task.
func (c *Client) Model() rerank.Model { return c.served.Load().card }

// Facts are what the server told, for people.
func (c *Client) Facts() []rerank.Fact { return c.served.Load().facts }
