package ollama

import (
	"context"
	"errors"
	"net"
	"net/http"
	"strings"
	"time"

	"github.com/ollama/ollama/api"

	"github.com/quern-search/quern/rerank"
)

// errNoAnswer stands for an answer that broke off before it said anything.
var errNoAnswer = errors.New("the answer broke off")

// judge asks about one document. With a vocabulary its text fits the first time; by an estimate it may not, and the
// server says so.
func (c *Client) judge(ctx context.Context, j *job, document string) (rerank.Score, error) {
	document = j.reader.controls.Harmless(document)
	for _, e := range []estimate{loose, strict} {
		task, room, err := j.reader.fitQuery(j.task, j.context-1, e) // the answer takes a token
		if err != nil {
			return rerank.Score{}, err
		}
		score, err := c.ask(ctx, j, rerank.Prompt(task, j.reader.fitDocument(document, room, e)))
		if !isTooLong(err) || e == strict {
			return score, err
		}
	}
	panic("unreachable")
}

// pauses are how long to wait before a request is sent again: in all about three seconds, in which a server that was
// restarted is back. A search cannot wait for longer.
func pauses() []time.Duration {
	const ms = time.Millisecond
	return []time.Duration{100 * ms, 200 * ms, 400 * ms, 800 * ms, 1500 * ms}
}

// ask sends a prompt, again where the server went away or was busy: judging twice does no harm. A server that was not
// there in the first place is not waited for.
func (c *Client) ask(ctx context.Context, j *job, prompt string) (rerank.Score, error) {
	for _, pause := range append(pauses(), -1) {
		answer, err := c.generate(ctx, j, prompt)
		if err == nil {
			j.reached.Store(true)
			return scoreOf(answer)
		}
		if ctx.Err() != nil {
			return rerank.Score{}, ctx.Err()
		}
		if !isPassing(err) || pause < 0 || !j.reached.Load() && isRefused(err) {
			return rerank.Score{}, explain(err)
		}
		if !isRefused(err) {
			j.reached.Store(true)
		}
		select {
		case <-time.After(pause):
		case <-ctx.Done():
			return rerank.Score{}, ctx.Err()
		}
	}
	panic("unreachable")
}

// generate has the model read a prompt and say one token.
func (c *Client) generate(ctx context.Context, j *job, prompt string) (answer api.GenerateResponse, err error) {
	no := false
	request := &api.GenerateRequest{
		Model:       c.cfg.Model,
		Prompt:      prompt,
		Raw:         true,
		Stream:      &no,
		Truncate:    &no, // a prompt that does not fit is an error, not a prompt without its middle
		Logprobs:    true,
		TopLogprobs: maxTop,
		// num_predict 0 would generate without end
		Options: map[string]any{"num_predict": 1, "temperature": 0, "num_ctx": j.context},
	}
	if c.cfg.KeepAlive != 0 {
		request.KeepAlive = &api.Duration{Duration: c.cfg.KeepAlive}
	}
	answered := false
	err = c.api.Generate(ctx, request, func(r api.GenerateResponse) error {
		answer, answered = r, true
		return nil
	})
	if err == nil && !answered { // the library takes a broken connection for the end of the answer
		err = errNoAnswer
	}
	return answer, err
}

// isPassing tells trouble that may be over in a moment: the server is restarting, its runner died, its queue is full.
func isPassing(err error) bool {
	var status api.StatusError
	if errors.As(err, &status) {
		return status.StatusCode >= http.StatusInternalServerError || status.StatusCode == http.StatusTooManyRequests
	}
	return !errors.As(err, new(api.AuthorizationError))
}

// isRefused tells a server that is not there from one that went away.
func isRefused(err error) bool {
	var dial *net.OpError
	return errors.As(err, &dial) && dial.Op == "dial"
}

// isTooLong tells that a prompt has more tokens than the context.
func isTooLong(err error) bool {
	return err != nil && strings.Contains(err.Error(), "exceed") && strings.Contains(err.Error(), "context")
}
