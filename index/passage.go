package index

// A Passage is a part of a document that is searched by itself.
type Passage struct {
	From, To int      // the bytes of Document.Body
	Path     []string // the headings that it stands under, the outermost first
	Anchor   string   // of the innermost of these that has one
}

// Passages says how documents are split.
type Passages struct {
	Tokens, Overlap int
}

func (p Passages) split(d Document) []Passage { return []Passage{{To: len(d.Body)}} }

// PassageText is what is searched of a passage, and what a reranker reads.
func (d Document) PassageText(p Passage) string { return d.Text() }
