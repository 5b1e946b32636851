package remote

import (
	"context"
	"fmt"
	"net/url"
	"path"
	"slices"
	"strings"

	"github.com/quern-search/quern/rerank/internal/estimate"
)

// A dialect is one form of rerank API: how it is asked, and how it answers.
type dialect struct {
	name     string
	path     string   // of the endpoint, below the server's base
	own      bool     // no other dialect has this path
	hosts    []string // of the vendor; a name with a leading dot stands for those below it
	keys     []string // environment variables in which the vendor's customers keep their key
	needs    string   // an example of the model name that a request must have; empty: it may go without
	limit    int      // documents that a request may hold; 0: no limit is known
	tokens   int      // tokens that a request may hold, counted as in planTokens; 0: no limit is known
	batch    int      // documents to send at once if the limit is no guide; 0: limit
	instruct string   // the key that carries an instruction; empty: none does
	refuses  bool     // a request with a pair longer than its context, instead of cutting the document
	// disarm changes texts that the server would read as part of its prompt; nil: it reads texts as texts.
	disarm func(question) question
	// encode gives a question the dialect's form, for package json.
	encode func(question) map[string]any
	// decode reads an answer of status 200. It checks the form only: see judge for the numbers.
	decode func(body []byte) (answer, error)
	// ask lets the server say what it is; nil: a vendor's API, which has nothing to say.
	ask func(ctx context.Context, w wire, root *url.URL) (about, error)
}

// A question is what one request asks.
type question struct {
	model     string // empty: not to be sent
	query     string
	documents []string
	instruct  string // empty: not to be sent
	raw       bool   // ask for logits

	// How it is asked, which is not sent: see fit.go.
	context int           // tokens that the server reads of a query and a document, and refuses more; 0: not to be cut
	rate    estimate.Rate // by which they are cut
	alone   bool          // while this client asks the server nothing else
}

// An about is what a server says of itself.
type about struct {
	dialect string // empty: it did not say anything that is known
	server  string // its name and version
	model   string
	models  []string // if it serves several
	limit   int      // documents a request; 0: it does not say
	context int      // tokens that a query and a document may have together, prompt included; 0: it does not say
	raw     bool     // it gives logits when asked to
	mute    bool     // it does not take the instruction that its dialect can carry
}

// dialects is the list of all, in the order in which they are printed.
func dialects() []dialect {
	return []dialect{
		cohere2(), cohere1(), jina(), voyage(), dashscope(), dashscopeCompatible(),
		tei(), llamaServer(), vllm(), infinity(), quern(),
	}
}

// Dialects returns the names that Config.Dialect can have.
func Dialects() []string {
	var names []string
	for _, d := range dialects() {
		names = append(names, d.name)
	}
	return names
}

func dialectNamed(name string) (dialect, error) {
	all := dialects()
	if i := slices.IndexFunc(all, func(d dialect) bool { return d.name == name }); i >= 0 {
		return all[i], nil
	}
	return dialect{}, fmt.Errorf("dialect %q: there is none of that name: give one of %s", name, strings.Join(Dialects(), ", "))
}

// keyVariable is where a key for any server is looked for last: it is the same for all, and of several servers each has
// a key of its own.
const keyVariable = "QUERN_REMOTE_KEY"

// KeyVariables returns the environment variables in which to look for the key of the server at rawURL, in order: those
// of its vendor, and then QUERN_REMOTE_KEY, which is for any server. The vendor's are among them only where the URL is the
// vendor's or the dialect was named, so that nobody's key goes to a stranger.
func KeyVariables(rawURL, dialect string) []string {
	var names []string
	at, err := url.Parse(rawURL)
	for _, d := range dialects() {
		if d.name != dialect && (err != nil || !d.isHost(at.Hostname())) {
			continue
		}
		for _, key := range d.keys {
			if !slices.Contains(names, key) {
				names = append(names, key)
			}
		}
	}
	return append(names, keyVariable)
}

// isHost tells whether host is the vendor's.
func (d dialect) isHost(host string) bool {
	host = strings.ToLower(host)
	return slices.ContainsFunc(d.hosts, func(h string) bool {
		return host == h || strings.HasPrefix(h, ".") && strings.HasSuffix(host, h)
	})
}

// fits tells whether a URL's path is that of the endpoint, or of the folder it lies in.
func (d dialect) fits(at string) bool {
	at = strings.TrimRight(at, "/")
	return strings.HasSuffix(at, d.path) || path.Dir(d.path) != "/" && strings.HasSuffix(at, path.Dir(d.path))
}
