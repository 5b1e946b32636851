package vocab

import (
	"cmp"

	"github.com/quern-search/quern/rerank"
)

// Count tells how many tokens t has, and which of its texts are not read to their end in a context of so many tokens, as
// Prefix and Document cut them.
func (v *Vocabulary) Count(t rerank.Task, l rerank.Limits, context int) (rerank.Count, error) {
	l.Query, l.Document = cmp.Or(max(l.Query, 0), context), cmp.Or(max(l.Document, 0), context) // nothing behind that is ever read
	c := rerank.Count{Task: rerank.Task{Instruct: t.Instruct, Documents: make([]string, len(t.Documents))}}
	var query int
	c.Task.Query, query, c.LongQuery = v.clip(t.Query, l.Query)
	prefix, kept, err := v.Prefix(c.Task, context)
	if err != nil {
		return rerank.Count{}, err
	}
	if c.LongQuery || kept != c.Task.Query {
		c.Cut++
	}
	room := context - len(prefix) - len(v.Suffix)
	for i, d := range t.Documents {
		text, tokens, cut := v.clip(d, l.Document)
		if cut || !v.fits(text, tokens, room) {
			c.Cut++
		}
		c.Task.Documents[i] = text
		c.Tokens += query + tokens
	}
	return c, nil
}

// clip cuts a text to its first limit tokens.
func (v *Vocabulary) clip(text string, limit int) (head string, tokens int, cut bool) {
	ids := v.first(text, limit+1)
	if len(ids) <= limit {
		return text, len(ids), false
	}
	return v.text(ids[:limit]), limit, true
}

// fits tells whether a document of so many tokens is read to its end where there is room for others. In the prompt a space
// stands before it, which can make it a few tokens longer or shorter, so one that may not fit is looked at as it is there.
func (v *Vocabulary) fits(document string, tokens, room int) bool {
	return tokens <= room/2 || len(v.first(rerank.PromptDocument(document).Text, room+1)) <= room
}
