package models

import (
	"os"
	"path/filepath"
	"strings"
)

// A Partial is a model of which some has come: pulling it goes on from there.
type Partial struct {
	Name        string
	Source      string
	Done, Total int64 // bytes; Total 0: not known
}

// Partial returns what has come of a model that was not pulled to its end; false if there is none.
func (s Store) Partial(name string) (Partial, bool) {
	name = strings.ToLower(name)
	dir := s.beside(name, partSuffix)
	b, err := readBegun(dir)
	if s.Dir == "" || CheckName(name) != nil || err != nil {
		return Partial{}, false
	}
	p := Partial{Name: name, Source: b.Source}
	for name, f := range b.Files {
		p.Done += size(filepath.Join(dir, name)) + size(filepath.Join(dir, name+partSuffix))
		p.Total += f.Size
	}
	for _, f := range b.Files {
		if f.Size < 0 {
			p.Total = 0
		}
	}
	return p, true
}

// Partials lists them, by name.
func (s Store) Partials() (list []Partial, err error) {
	entries, err := s.entries()
	for _, e := range entries {
		name, is := strings.CutSuffix(strings.TrimPrefix(e, "."), partSuffix)
		if p, found := s.Partial(name); is && found {
			list = append(list, p)
		}
	}
	return list, err
}

// came is how many bytes of the model are here.
func (p *pull) came() (bytes int64) {
	for _, f := range p.remote.files {
		path := filepath.Join(p.dir, f.name)
		bytes += size(path) + size(path+partSuffix)
	}
	return bytes
}

// size is the length of a file; 0 where there is none.
func size(path string) int64 {
	info, err := os.Stat(path)
	if err != nil {
		return 0
	}
	return info.Size()
}
