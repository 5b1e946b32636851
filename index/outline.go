package index

// A Section is a heading of a document with what follows it up to the next one, or what comes before the first.
type Section struct {
	Level   int    // of the heading, 1 to 6; 0: there is none, this is the beginning
	Heading string // its text, without "#"
	Anchor  string // see Heading.Anchor
	Text    string // of Body, as it stands; may be empty
}

// Outline gives the sections of a document in order: first its beginning, however empty, then one a heading.
func (d Document) Outline() []Section {
	sections, from := []Section{{}}, 0
	for _, h := range d.headings() {
		sections[len(sections)-1].Text = d.Body[from:h.at]
		sections, from = append(sections, Section{Level: h.level, Heading: h.text, Anchor: h.anchor}), h.end
	}
	sections[len(sections)-1].Text = d.Body[from:]
	return sections
}
