package ollama

import (
	"context"
	"fmt"

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
	if err != nil {
		return fmt.Errorf("ollama: pull %q: %w", cfg.Model, explain(err))
	}
	return nil
}
