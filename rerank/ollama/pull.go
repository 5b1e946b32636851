package ollama

import (
	"context"
	"errors"
	"fmt"
	"net/url"

	"github.com/ollama/ollama/api"
)

// A Progress is how far a pull is.
type Progress struct {
	Status      string // in the server's words, such as "pulling 1b70ee89573"
	Done, Total int64  // bytes of the layer under way; Total 0: not known yet
}

// Pull has the server fetch cfg.Model, and tells each step. What was fetched before an error is kept by the server, so
// that pulling again goes on from there.
func Pull(ctx context.Context, cfg Config, progress func(Progress)) error {
	c, err := newClient(cfg)
	if err != nil {
		return err
	}
	succeeded := false
	err = c.api.Pull(ctx, &api.PullRequest{Model: cfg.Model}, func(r api.ProgressResponse) error {
		succeeded = succeeded || r.Status == "success"
		progress(Progress{r.Status, r.Completed, r.Total})
		return nil
	})
	if err == nil && !succeeded {
		err = errNoAnswer
	}
	switch {
	case err == nil:
		return nil
	case errors.As(err, new(*url.Error)), errors.As(err, new(api.StatusError)), errors.Is(err, errNoAnswer), ctx.Err() != nil:
		err = explain(err)
	default: // the server tells in its own words what the registry said
		err = fmt.Errorf("%w: is that the model's name, and can the server reach its registry?", err)
	}
	return fmt.Errorf("ollama: pull %q: %w", cfg.Model, err)
}
