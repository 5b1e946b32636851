package vocab

import (
	"cmp"

	"github.com/quern-search/quern/rerank"
)

// Count tells how many tokens t has, and how much of it is read in a context of so many tokens: what Prefix and Document
// leave of it.
func (v *Vocabulary) Count(t rerank.Task, l rerank.Limits, context int) (rerank.Count, error) {
	c := rerank.Count{Task: t, Exact: true}
	l.Query, l.Document = cmp.Or(l.Query, context), cmp.Or(l.Document, context) // nothing behind that is ever read
	query, queryTokens, long := v.clip(t.Query, l.Query)
	c.Task.Query, c.LongQuery = query, long
	prefix, kept, err := v.Prefix(c.Task, context)
	if err != nil {
		return rerank.Count{}, err
	}
	queryRead := queryTokens
	if kept != query {
		queryRead = len(v.bpe.Encode(nil, kept))
	}
	if long || kept != query {
		c.Cut++
	}
	room := context - len(prefix) - len(v.Suffix)
	c.Task.Documents = make([]string, len(t.Documents))
	for i, d := range t.Documents {
		text, tokens, cut := v.clip(d, l.Document)
		read, over := v.fits(text, tokens, room)
		if cut || over {
			c.Cut++
		}
		c.Task.Documents[i] = text
		c.Asked += queryTokens + tokens
		c.Read += queryRead + read
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

// fits tells how many tokens of a document that has so many are read where there is room for others, and whether that is
// less than all. In the prompt a space stands before it, which can make it a few tokens longer or shorter, so that one that
// may not fit is looked at as it stands there.
func (v *Vocabulary) fits(document string, tokens, room int) (read int, over bool) {
	if tokens <= room/2 || len(v.first(rerank.PromptDocument(document).Text, room+1)) <= room {
		return tokens, false
	}
	return min(tokens, room), true
}
