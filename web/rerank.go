package web

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/quern-search/quern/rerank"
	"github.com/quern-search/quern/web/dialect"
	"github.com/quern-search/quern/web/turns"
)

// maxRerankBody bounds the body of a rerank request in bytes: 500 documents of 4,000 tokens each, with room for JSON's
// escapes.
const maxRerankBody = 16 << 20

// The headers of a rerank answer, for what some forms have no field for.
const (
	// HeaderModel names the model that judged: with fallbacks it may be another than the first.
	HeaderModel = "Quern-Model"
	// HeaderTruncated tells how many of the texts, the query being one, were too long to be read to their end.
	HeaderTruncated = "Quern-Truncated"
)

// inForm has errors answered in the form that a route's requests have, also before their body is read.
func inForm(route dialect.Route) echo.MiddlewareFunc {
	return func(next echo.HandlerFunc) echo.HandlerFunc {
		return func(c echo.Context) error {
			c.Set(formKey, route.Form())
			return next(c)
		}
	}
}

// rerank is POST to a route of the rerank API: it reads a job, has it judged, and answers in the form in which it came.
func (s *Server) rerank(route dialect.Route) echo.HandlerFunc {
	return func(c echo.Context) error {
		presumeJSON(c.Request())
		body, err := readBody(c, maxRerankBody)
		if err != nil {
			return err
		}
		if err := s.room.take(len(body)); err != nil {
			c.Set(formKey, route.Form())
			return err
		}
		defer s.room.give(len(body))
		form, job, err := route.Read(body)
		c.Set(formKey, form)
		if err != nil {
			return err
		}
		counts, err := s.accept(form, job)
		if err != nil {
			return err
		}
		ctx, cancel := context.WithTimeout(c.Request().Context(), maxWork)
		defer cancel()
		result, err := s.judge(ctx, job, counts)
		if err != nil {
			return err
		}
		result.RequestID, result.Created = requestID(c), time.Now().Unix()
		c.Response().Header().Set(HeaderModel, result.Model)
		c.Response().Header().Set(HeaderTruncated, strconv.Itoa(truncated(counts)))
		return writeJSON(c, http.StatusOK, form.Answer(job, result))
	}
}

// presumeJSON gives a request without any content type the one that it must have, since Weaviate sends none. A browser may
// do so too, for a page elsewhere, but then it says where that page comes from.
func presumeJSON(r *http.Request) {
	if r.Header.Get(echo.HeaderContentType) == "" && r.Header.Get(echo.HeaderOrigin) == "" {
		r.Header.Set(echo.HeaderContentType, echo.MIMEApplicationJSON)
	}
}

// accept refuses what this server does not judge. It returns the tokens of each part of the job.
func (s *Server) accept(form dialect.Form, job dialect.Job) ([]rerank.Count, error) {
	models := s.models()
	if len(models) == 0 {
		return nil, errNoModel
	}
	known := func(m rerank.Model) bool { return isCalled(m, job.Model) }
	if s.cfg.StrictModels && job.Model != "" && !slices.ContainsFunc(models, known) {
		return nil, fmt.Errorf("%w: model is %.80q: give %q, or leave it out", errNoSuch, job.Model, models[0].Name)
	}
	parts := job.Parts()
	counts := make([]rerank.Count, len(parts))
	for i, p := range parts {
		var err error
		if counts[i], err = s.cfg.Rerank.Count(p.Task, form.TokenLimits(job)); err != nil {
			return nil, invalid("%w", err)
		}
	}
	return counts, form.CheckTokens(job, counts, s.cfg.Strict)
}

// isCalled tells whether name means m. Clients may put a provider's name before it, and cannot know of what may stand behind
// it: "(unverified)".
func isCalled(m rerank.Model, name string) bool {
	own, _, _ := strings.Cut(m.Name, " (")
	return strings.EqualFold(name, m.Name) || strings.EqualFold(name, own) || strings.HasSuffix(strings.ToLower(name), "/"+strings.ToLower(own))
}

// judge has the models judge the parts of a job, as far as their texts are to be read.
func (s *Server) judge(ctx context.Context, job dialect.Job, counts []rerank.Count) (dialect.Result, error) {
	var r dialect.Result
	for i, part := range job.Parts() {
		judged, err := s.cfg.Rerank.Rerank(ctx, counts[i].Task)
		if err != nil {
			if ctx.Err() != nil {
				return r, ctx.Err() // whatever the model makes of it
			}
			return r, modelError(err)
		}
		r.Model = judged.Model.Name
		for _, score := range judged.Scores {
			score.Index = part.Places[score.Index]
			r.Scores = append(r.Scores, score)
		}
		tokens := cmp.Or(judged.Tokens, counts[i].Tokens) // some servers do not tell what they read
		charge(ctx, tokens)
		r.Tokens += tokens
	}
	rerank.Sort(r.Scores)
	if job.TopN > 0 && job.TopN < len(r.Scores) {
		r.Scores = r.Scores[:job.TopN]
	}
	return r, nil
}

// modelError hides what kind of error a model gave, which is about the model's own requests, not about this one; but for
// that of our own queue in front of it.
func modelError(err error) error {
	if errors.Is(err, turns.ErrBusy) {
		return err
	}
	if errors.Is(err, rerank.ErrBadScore) {
		return fmt.Errorf("%w: %w", errModel, err)
	}
	return fmt.Errorf("%w: %s", errModel, err)
}

func truncated(counts []rerank.Count) int {
	n := 0
	for _, c := range counts {
		n += c.Cut
	}
	return n
}
