// Package remote asks a rerank API for its judgment: one [rerank.Scorer] for Cohere, Jina, Voyage, DashScope, TEI,
// llama-server, vLLM, Infinity and another quern.
//
// What they differ in is one small file each (cohere.go, jina.go, tei.go and so on), listed in dialect.go; form.go has
// the forms that several share. Everything else is common to all. find.go finds out who answers, and shape.go does where
// the server does not say. score.go cuts a task into requests and streams what comes back; fit.go cuts texts to what the
// server reads, and takes back a request that was too much; ask.go makes one request with its retries, unless breaker.go
// says that the server is to be left alone; http.go makes one attempt, and failure.go says what came of a failed one.
// answer.go is where a server's numbers become scores or an error.
//
// Read next: dialect.go, then score.go.
package remote

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/sony/gobreaker/v2"
	"golang.org/x/sync/semaphore"

	"github.com/quern-search/quern/rerank"
)

// ErrUnreachable is wrapped by the errors of [Open] and [Client.Score] when no server answers (refused, no such host,
// silence until the timeout), or only something that says it is not ready (502, 503, 504). It may come up later.
var ErrUnreachable = errors.New("unreachable")

// A Config says whom to ask, and how hard. Only URL must be set.
type Config struct {
	// URL is the server's base ("http://127.0.0.1:8080", "https://api.cohere.com") or the whole URL of its endpoint.
	URL string
	// Dialect is one of Dialects; empty: Open finds it out by the host, by the path, and by asking the server.
	Dialect string
	// Model is the name to send; empty: the one that the server gives itself. Vendors' APIs need one.
	Model string
	// Key goes with every request as a bearer token, to this host only; empty: none.
	Key string
	// KeyHint is where people are told to set the key, when the server refuses it or wants one. Default: KeyVariables,
	// joined by "or".
	KeyHint string
	// Batch is how many documents go in one request. Default: what a vendor or TEI allows, else 16, so that first
	// scores come soon and a deadline loses little. What the server allows bounds it.
	Batch int
	// Parallel is how many requests are in flight at once, whatever the number of searches; default 4.
	Parallel int
	// Timeout bounds one attempt at a request; default 60 s.
	Timeout time.Duration
	// Retries is how many further attempts follow a failed one; default 2, negative: none.
	Retries int
	// HTTP makes the requests; default: one with the settings of net/http and a dial timeout. It never follows
	// redirects, whatever its own policy, so that neither key nor documents go where nobody sent them.
	HTTP *http.Client
}

const (
	defaultBatch    = 16
	defaultParallel = 4
	defaultTimeout  = 60 * time.Second
	defaultRetries  = 2
)

func (c Config) withDefaults() (Config, error) {
	if c.Batch < 0 || c.Parallel < 0 || c.Timeout < 0 {
		return c, fmt.Errorf("batch %d, parallel %d, timeout %v: none may be negative", c.Batch, c.Parallel, c.Timeout)
	}
	c.Parallel = cmp.Or(c.Parallel, defaultParallel)
	c.Timeout = cmp.Or(c.Timeout, defaultTimeout)
	c.Retries = max(cmp.Or(c.Retries, defaultRetries), 0)
	return c, nil
}

// A Client is a server that was found to speak a dialect. It is safe for concurrent use.
type Client struct {
	wire
	dialect  dialect
	endpoint *url.URL
	about    about               // what the server said of itself
	model    string              // to send; empty: none
	batch    int                 // documents in one request
	slots    *semaphore.Weighted // of parallel
	parallel int64
	retries  int
	breaker  *gobreaker.CircuitBreaker[[]rerank.Score]
	trip     trip
}

var _ rerank.Scorer = (*Client)(nil)

// Open finds out which dialect the server at cfg.URL speaks, how much it takes at once and what it calls its model. It
// does not judge the model: see [rerank.Probe] and [rerank.Templateless]. A vendor's API, known by its host or named by
// Dialect, is not asked anything yet.
func Open(ctx context.Context, cfg Config) (*Client, error) {
	c, err := open(ctx, cfg)
	if err != nil {
		return nil, fmt.Errorf("remote: %w", err)
	}
	return c, nil
}

func open(ctx context.Context, cfg Config) (*Client, error) {
	cfg, err := cfg.withDefaults()
	if err != nil {
		return nil, err
	}
	at, err := parseURL(cfg.URL)
	if err != nil {
		return nil, err
	}
	w := newWire(cfg)
	found, err := find(ctx, w, at, cfg)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", shown(at), err)
	}
	c := &Client{wire: w, dialect: found.dialect, endpoint: found.endpoint, about: found.about}
	if c.model, err = found.model(cfg.Model); err != nil {
		return nil, fmt.Errorf("%s: %w", shown(at), err)
	}
	c.batch = found.batch(cfg.Batch)
	c.parallel = int64(cfg.Parallel)
	c.slots = semaphore.NewWeighted(c.parallel)
	c.retries = cfg.Retries
	c.breaker = c.newBreaker()
	return c, nil
}

// Model implements [rerank.Scorer]. The name has the host, since other servers may have the same model. The Fingerprint is
// empty: no answer says which weights it is from, and a server may be started with others at any time.
func (c *Client) Model() rerank.Model {
	name := cmp.Or(c.model, c.about.model, c.dialect.name) + " at " + c.endpoint.Host
	return rerank.Model{Name: name, Kind: "remote", Context: c.about.context}
}

// Facts are what is known of the server and of how it is asked, for people.
func (c *Client) Facts() []rerank.Fact {
	facts := []rerank.Fact{
		{Name: "server", Value: c.endpoint.Scheme + "://" + c.endpoint.Host},
		{Name: "dialect", Value: c.dialect.name},
		{Name: "path", Value: c.endpoint.Path},
		{Name: "model", Value: cmp.Or(c.model, c.about.model, "as the server has it")},
		{Name: "documents a request", Value: strconv.Itoa(c.batch)},
		{Name: "requests at once", Value: strconv.FormatInt(c.parallel, 10)},
		{Name: "instruction", Value: cmp.Or(c.instructKey(), "cannot be sent")},
		{Name: "scores", Value: map[bool]string{true: "logits", false: "relevance 0..1"}[c.about.raw]},
		{Name: "key", Value: map[bool]string{true: "yes", false: "no"}[c.key != ""]},
	}
	if c.about.server != "" {
		facts[0].Value += ", " + c.about.server
	}
	if c.about.context > 0 {
		facts = append(facts, rerank.Fact{Name: "context", Value: strconv.Itoa(c.about.context) + " tokens"})
	}
	if c.dialect.tokens > 0 {
		facts = append(facts, rerank.Fact{Name: "tokens a request", Value: strconv.Itoa(c.dialect.tokens)})
	}
	return facts
}

// instructKey is the key that carries an instruction, empty where there is none.
func (c *Client) instructKey() string {
	if c.about.mute {
		return ""
	}
	return c.dialect.instruct
}
