package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"

	"github.com/spf13/cobra"

	"github.com/quern-search/quern/web"
)

// rerankPath is where a server of quern's takes the requests that `rerank --json` reads.
const rerankPath = "/v1/rerank"

// request makes one of the flags and the documents that were read.
func (c rerankCommand) request(documents []string) ([]byte, error) {
	return json.Marshal(map[string]any{"query": c.query, "instruct": c.instruct, "top_n": c.topN, "documents": documents})
}

// answer prints what POST /v1/rerank answers to a request. It asks the very handler of serve, so that form, limits and
// errors cannot drift apart.
func (c rerankCommand) answer(cmd *cobra.Command, request io.Reader) error {
	p, x, err := c.open(cmd)
	if err != nil {
		return err
	}
	defer x.Close()
	server, err := web.New(web.Config{Search: p, Documents: x, Rerank: p})
	if err != nil {
		return err
	}
	r, err := http.NewRequestWithContext(cmd.Context(), http.MethodPost, rerankPath, request)
	if err != nil {
		return err
	}
	r.Header.Set("Content-Type", "application/json")
	w := &response{header: http.Header{}}
	server.Handler().ServeHTTP(w, r)
	if err := cmd.Context().Err(); err != nil {
		return err
	}
	if w.status != http.StatusOK {
		return fmt.Errorf("rerank: %s", w.message())
	}
	if by := w.header.Get(web.HeaderModel); by != p.Models()[0].Name {
		warnf(cmd.ErrOrStderr(), "judged by %s, since %s did not", by, p.Models()[0].Name)
	}
	_, err = w.body.WriteTo(cmd.OutOrStdout())
	return err
}

// A response is an http.ResponseWriter that keeps what is written.
type response struct {
	header http.Header
	status int
	body   bytes.Buffer
}

func (w *response) Header() http.Header         { return w.header }
func (w *response) WriteHeader(status int)      { w.status = status }
func (w *response) Write(p []byte) (int, error) { return w.body.Write(p) }

// message is what an answer that is an error says.
func (w *response) message() string {
	var problem struct {
		Message string `json:"message"`
	}
	if err := json.Unmarshal(w.body.Bytes(), &problem); err != nil || problem.Message == "" {
		return fmt.Sprintf("status %d: %.200q", w.status, w.body.String())
	}
	return problem.Message
}
