package ollama

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"time"

	"github.com/ollama/ollama/api"

	"github.com/quern-search/quern/rerank"
)

// errTooLong is the error of a prompt that the server found longer than its context.
var errTooLong = errors.New("the prompt does not fit the context")

// errNoAnswer stands for an answer that broke off before it said anything.
var errNoAnswer = errors.New("the answer broke off")

// maxAnswer bounds the bytes of an answer: one token and twenty log probabilities take about 2 kB.
const maxAnswer = 1 << 20

// judge asks about one document. With a vocabulary its text fits the first time; by an estimate it may not, and the
// server says so.
func (c *Client) judge(ctx context.Context, j *job, document string) (score rerank.Score, err error) {
	document = j.reader.controls.Harmless(document)
	task, room := j.task, j.room
	for i, by := range j.reader.ways() {
		if i > 0 {
			if task, room, err = j.reader.fitQuery(j.task, j.card.Context, by); err != nil {
				return score, err
			}
		}
		score, err = c.ask(ctx, j, rerank.Prompt(task, j.reader.fitDocument(document, room, by)))
		if !errors.Is(err, errTooLong) {
			break
		}
	}
	return score, err
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
		if isTooLong(err) {
			return rerank.Score{}, fmt.Errorf("%w: %w", errTooLong, explain(err))
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

// generate has the model read a prompt and say one token. It does without the client library's Generate, which reserves
// 8 MB for each answer and takes a connection that breaks for the end of one.
func (c *Client) generate(ctx context.Context, j *job, prompt string) (answer api.GenerateResponse, err error) {
	body, err := json.Marshal(c.request(j, prompt))
	if err != nil {
		return answer, err
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, c.cfg.Host.JoinPath("/api/generate").String(), bytes.NewReader(body))
	if err != nil {
		return answer, err
	}
	r.Header.Set("Content-Type", "application/json")
	response, err := c.cfg.HTTP.Do(r)
	if err != nil {
		return answer, err
	}
	defer response.Body.Close()
	data, err := io.ReadAll(io.LimitReader(response.Body, maxAnswer))
	if err != nil {
		return answer, fmt.Errorf("%w: %w", errNoAnswer, err)
	}
	if response.StatusCode != http.StatusOK {
		status := api.StatusError{StatusCode: response.StatusCode, ErrorMessage: string(data)}
		_ = json.Unmarshal(data, &status) // what is no JSON is told as it is
		return answer, status
	}
	if err := json.Unmarshal(data, &answer); err != nil {
		return answer, fmt.Errorf("%w: it is not JSON: %w", errNoAnswer, err)
	}
	return answer, nil
}

func (c *Client) request(j *job, prompt string) *api.GenerateRequest {
	no := false
	r := &api.GenerateRequest{
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
		r.KeepAlive = &api.Duration{Duration: c.cfg.KeepAlive}
	}
	return r
}

// isPassing tells trouble that may be over in a moment: the server is restarting, its runner died, its queue is full.
func isPassing(err error) bool {
	var status api.StatusError
	if errors.As(err, &status) {
		return status.StatusCode >= http.StatusInternalServerError || status.StatusCode == http.StatusTooManyRequests
	}
	return !isUntrusted(err)
}

// isRefused tells a server that is not there from one that went away.
func isRefused(err error) bool {
	var dial *net.OpError
	return errors.As(err, &dial) && dial.Op == "dial"
}

// isTooLong tells that a prompt has more tokens than the context, which the server says in words only.
func isTooLong(err error) bool {
	var status api.StatusError
	return errors.As(err, &status) && status.StatusCode == http.StatusBadRequest &&
		strings.Contains(status.ErrorMessage, "exceed") && strings.Contains(status.ErrorMessage, "context")
}
