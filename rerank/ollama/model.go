package ollama

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/ollama/ollama/api"
	ollama "github.com/ollama/ollama/types/model"

	"github.com/quern-search/quern/rerank"
)

// architecture is what GGUF calls the models that package rerank writes prompts for.
const architecture = "qwen3"

// A model is what the server told of it at some time.
type model struct {
	digest  string    // of the manifest: changes whenever the model does
	version string    // of the server
	seen    time.Time // when that was so
	context int       // num_ctx
	reader  reader
	card    rerank.Model
	facts   []rerank.Fact
}

// look asks the server for all that is to be known about the model, or says why it cannot judge.
func (c *Client) look(ctx context.Context) (*model, error) {
	version, err := c.version(ctx)
	if err != nil {
		return nil, err
	}
	show, err := c.api.Show(ctx, &api.ShowRequest{Model: c.cfg.Model, Verbose: true})
	if err != nil {
		return nil, c.explainShow(ctx, err)
	}
	if err := usable(show); err != nil {
		return nil, err
	}
	m := &model{seen: time.Now(), version: version}
	m.digest, _ = c.digest(ctx) // without it scores are not cached, which is no reason to give up
	info := metadata(show.ModelInfo)
	m.reader = newReader(info)
	m.context = cmp.Or(c.cfg.Context, DefaultContext)
	if made := info.number(architecture + ".context_length"); made > 0 {
		m.context = min(m.context, made)
	}
	if m.context < minContext {
		return nil, fmt.Errorf("a context of %d tokens has no room for a query and a document: it takes %d", m.context, minContext)
	}
	m.describe(c, show, info)
	return m, nil
}

// current returns what is known of the model, after a look whether it still is the same where the last is a while ago.
func (c *Client) current(ctx context.Context) (*model, error) {
	const lookAgain = 10 * time.Second // a model pulled anew should not be judged by the old one's vocabulary for long
	m := c.served.Load()
	if time.Since(m.seen) < lookAgain {
		return m, nil
	}
	digest, err := c.digest(ctx)
	version, wrong := c.version(ctx)
	if err != nil || wrong != nil {
		return m, nil // the request that follows tells it better
	}
	if digest == m.digest && version == m.version {
		same := *m
		same.seen = time.Now()
		c.served.CompareAndSwap(m, &same)
		return &same, nil
	}
	changed, err := c.look(ctx)
	if err != nil {
		return nil, err
	}
	c.served.Store(changed)
	return changed, nil
}

// digest finds the model in the server's list; it is empty where the list does not name it, as that of a gateway may.
func (c *Client) digest(ctx context.Context) (string, error) {
	list, err := c.api.List(ctx)
	if err != nil {
		return "", err
	}
	want := ollama.ParseName(c.cfg.Model).String()
	for _, m := range list.Models {
		if strings.EqualFold(ollama.ParseName(m.Name).String(), want) {
			return m.Digest, nil
		}
	}
	return "", nil
}

// describe writes the card and the facts.
func (m *model) describe(c *Client, show *api.ShowResponse, info metadata) {
	cfg := c.cfg
	blend, _ := info["quern.blend"].(float64)
	if !(blend >= 0 && blend <= 1) {
		blend = 0
	}
	m.card = rerank.Model{
		Name:    "ollama:" + cfg.Model, // the same file may judge in this process too
		Kind:    "ollama",
		Context: m.context - 1, // the answer takes a token too
		Blend:   math.Round(blend*1e6) / 1e6,
	}
	if m.digest != "" {
		m.card.Fingerprint = fmt.Sprintf("ollama:%s:%s:%d", m.digest, m.version, m.context)
	}
	keepAlive := "as the server is set up"
	if cfg.KeepAlive != 0 {
		keepAlive = cfg.KeepAlive.String()
	}
	m.facts = []rerank.Fact{
		{Name: "server", Value: fmt.Sprintf("%s, ollama %s", c.where(), m.version)},
		{Name: "architecture", Value: listed(show.Details.Family, show.Details.ParameterSize, show.Details.QuantizationLevel)},
		{Name: "made for", Value: fmt.Sprintf("%d tokens", info.number(architecture+".context_length"))},
		{Name: "tokenizer", Value: m.reader.String()},
		{Name: "requests", Value: fmt.Sprintf("%d at the same time", cfg.Parallel)},
		{Name: "keep alive", Value: keepAlive},
	}
	if path := blob(show); path != "" {
		m.facts = append(m.facts, rerank.Fact{Name: "file", Value: path})
	}
}

// listed joins what a server told; what it did not tell is left out.
func listed(told ...string) string {
	return strings.Join(slices.DeleteFunc(told, func(s string) bool { return s == "" }), ", ")
}

// metadata is a GGUF's metadata as JSON has it: numbers are float64.
type metadata map[string]any

func (m metadata) number(key string) int {
	n, _ := m[key].(float64)
	return int(n)
}

func (m metadata) text(key string) string {
	s, _ := m[key].(string)
	return s
}

// texts returns a list of strings; nil where it is none.
func (m metadata) texts(key string) []string {
	list, _ := m[key].([]any)
	texts := make([]string, len(list))
	for i, v := range list {
		var ok bool
		if texts[i], ok = v.(string); !ok {
			return nil
		}
	}
	return texts
}

// numbers returns a list of numbers; nil where it is none.
func (m metadata) numbers(key string) []int {
	list, _ := m[key].([]any)
	numbers := make([]int, len(list))
	for i, v := range list {
		n, ok := v.(float64)
		if !ok {
			return nil
		}
		numbers[i] = int(n)
	}
	return numbers
}
