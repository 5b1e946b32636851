package remote

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/url"
	"strings"
)

// A finding is who answers at a URL.
type finding struct {
	dialect  dialect
	endpoint *url.URL
	about    about
	shape    bool // it was known by its answer alone, so that a request without a model name must do
}

// find finds out which dialect is spoken at u: by name, by the vendor's host, by the path, by what the server says of
// itself, and at last by the shape of an answer.
func find(ctx context.Context, w wire, u *url.URL, cfg Config) (finding, error) {
	d, err := guess(u, cfg.Dialect)
	if err != nil {
		return finding{}, err
	}
	if d.name == "" {
		return search(ctx, w, u, cfg.Model)
	}
	f := finding{dialect: d, endpoint: endpoint(u, d.path)}
	if d.ask != nil {
		f.about, err = d.ask(ctx, w, root(u))
	}
	var no *failure
	if errors.As(err, &no) && !no.final() {
		err = nil // it keeps its counsel: what it is was named, so it is asked all the same
	}
	return f, err
}

// guess returns the dialect that can be known without asking, or none.
func guess(u *url.URL, name string) (dialect, error) {
	if name != "" {
		return dialectNamed(name)
	}
	var vendors []dialect
	for _, d := range dialects() {
		if d.isHost(u.Hostname()) {
			vendors = append(vendors, d)
		}
	}
	for _, d := range vendors {
		if d.fits(u.Path) {
			return d, nil
		}
	}
	if len(vendors) > 0 {
		return vendors[0], nil
	}
	for _, d := range dialects() {
		if d.own && d.fits(u.Path) {
			return d, nil
		}
	}
	return dialect{}, nil
}

// A trail is what was asked to find a dialect, and what came of it.
type trail struct {
	steps []string
	stop  error // no use in asking on
}

func (t *trail) add(step string, err error) {
	answer := "an answer of another kind"
	var f *failure
	if errors.As(err, &f) {
		answer = cmp.Or(f.status, f.Error())
		if f.final() {
			t.stop = err
		}
	} else if err != nil {
		answer, t.stop = err.Error(), err
	}
	t.steps = append(t.steps, step+": "+answer)
}

// search asks the server at u what it is.
func search(ctx context.Context, w wire, u *url.URL, model string) (finding, error) {
	var asked trail
	for _, name := range []string{"quern", "tei", "llama-server", "infinity"} { // llama-server and vllm are asked alike
		d, err := dialectNamed(name)
		if err != nil {
			return finding{}, err
		}
		a, err := d.ask(ctx, w, root(u))
		if err == nil && a.dialect != "" {
			return settle(ctx, w, u, a)
		}
		if asked.add("as "+name, err); asked.stop != nil {
			return finding{}, asked.stop
		}
	}
	f, err := searchShapes(ctx, w, u, model, &asked)
	if err != nil || f.dialect.name != "" {
		return f, err
	}
	return f, fmt.Errorf("no rerank API was recognised there: set dialect to one of %s. Asked: %s",
		strings.Join(Dialects(), ", "), strings.Join(asked.steps, "; "))
}

// settle goes with what the server said of itself, or asks once more where its own dialect has more to ask.
func settle(ctx context.Context, w wire, u *url.URL, a about) (finding, error) {
	d, err := dialectNamed(a.dialect)
	if err == nil && d.name == "vllm" {
		a, err = d.ask(ctx, w, root(u))
	}
	return finding{dialect: d, endpoint: endpoint(u, d.path), about: a}, err
}

// model returns the name to send.
func (f finding) model(named string) (string, error) {
	switch {
	case named != "":
		return named, nil
	case f.about.model != "":
		return f.about.model, nil
	case len(f.about.models) > 1:
		return "", fmt.Errorf("it serves %d models: set model to one of %s", len(f.about.models), strings.Join(f.about.models, ", "))
	case f.dialect.needs != "" && !f.shape:
		return "", fmt.Errorf("dialect %s needs a model: set one, such as %s", f.dialect.name, f.dialect.needs)
	}
	return "", nil
}

// batch returns how many documents to send at once, where asked were wished for.
func (f finding) batch(asked int) int {
	limit := cmp.Or(f.about.limit, f.dialect.limit)
	n := cmp.Or(asked, f.dialect.batch, limit, defaultBatch)
	if limit > 0 {
		n = min(n, limit)
	}
	return n
}
