// Package dialect knows the forms of rerank API that clients speak: what each sends where, and what it must get back.
//
// A request runs through four steps, of which this package is the first and the last: [Route.Read] turns a body into a
// [Job], web has it judged, and [Form.Answer] gives the [Result] the form in which that client can read it, as
// [Form.Fail] does with an error. Nothing here knows HTTP or a model.
//
// This file is the table of contents: every path with the forms that may come there. job.go is the core that they share,
// object.go reads JSON, and error.go is the one error body that serves all. Each form has a small file of its own; start
// with flat.go, the form of DashScope's qwen3-rerank with the one answer that most clients can read.
package dialect

// A Route is a path with the forms that clients send there.
type Route struct {
	Path  string // as echo has it: * stands for any rest
	forms []Form // the first that fits is taken, the last where none does
}

// Routes are all paths at which requests are taken, by POST.
func Routes() []Route {
	// Few clients can be told another path than the usual ones, and these are shared, so there the keys of the body tell
	// what is spoken.
	told := func(otherwise Form) []Form {
		return []Form{dashscope(), tei(), weaviate(), mixedbread(), antfly(), infinity(), voyage(), otherwise}
	}
	return []Route{
		{"/v1/rerank", told(flat())},
		{"/v1/reranks", told(flat())},
		{"/reranks", told(flat())},
		{"/compatible-api/v1/reranks", told(flat())},
		{"/api/v1/services/rerank/text-rerank/text-rerank", told(flat())},
		{"/rerank", told(vllm())},
		{"/v2/rerank", []Form{cohere2()}},
		{"/reranking", told(llama())},
		{"/v1/reranking", told(llama())},
		{"/infinity/rerank", []Form{infinity()}},
		{"/api/rerank", []Form{ollama()}},
		{"/score", []Form{score()}},
		{"/v1/score", []Form{score()}},
		{"/inference/v1/rerank", []Form{fireworks()}},
		{"/api/v1/rerank", []Form{prime()}},
		{"/v1/inference/*", []Form{deepinfra()}},
		{"/ai/v1/rerank", []Form{antfly()}},
	}
}

// A Form is one way to write a request and its answer.
type Form struct {
	// Name is that of the service or program that made it up.
	Name   string
	Limits Limits

	key    string                       // under which requests have the documents, for errors; empty: "documents"
	fits   func(*object) bool           // whether a request is in this form, where a path has several
	decode func(*object) Job            // reads a request
	encode func(Job, Result) any        // writes an answer, for package json
	refuse func(failure, error) failure // gives an error this form's own ways; nil: it has none
}

// Read finds out in which form a request is and reads it. The form is valid in any case, to answer the error in, which
// wraps [ErrInvalid] and says what to change.
func (r Route) Read(body []byte) (Form, Job, error) {
	form := r.Form()
	o, err := parse(body)
	if err != nil {
		return form, Job{}, err
	}
	for _, f := range r.forms {
		if f.fits != nil && f.fits(o) {
			form = f
			break
		}
	}
	j := form.decode(o)
	if err := o.error(); err != nil {
		return form, Job{}, err
	}
	return form, j, form.check(j)
}

// Form is the form that a request to this path has where its body does not say.
func (r Route) Form() Form { return r.forms[len(r.forms)-1] }

// Answer gives a result the form, for package json.
func (f Form) Answer(j Job, r Result) any { return f.encode(j, r) }
