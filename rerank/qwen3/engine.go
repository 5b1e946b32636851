// Package qwen3 runs Qwen3-Reranker models in process, in pure Go and Go assembly.
//
// [Open] reads a GGUF file or a folder of safetensors and returns an [Engine], which is a rerank.Scorer. A document's
// score is logit(yes) - logit(no) after the official prompt. Weights that are stored in blocks are multiplied in 8 bits, all
// others in float32 ([Precision]). What all documents of a task share, the prompt up to the document, is computed once.
//
// How to read it: engine.go opens a model (gguf.go or folder.go takes its files apart, into what source.go says, and
// weights.go reads the numbers); score.go cuts a task into batches and spreads them over cores; forward.go runs a batch
// through the layers, chunk.go by chunk, with kv.go and attention.go; prefixes.go remembers prompts. Below are
// internal/tensor and internal/kernel (the arithmetic), and in rerank/internal what other backends share: gguf and
// safetensors (the file formats), bpe (the tokenizer) and vocab (the prompt in tokens).
package qwen3

import (
	"cmp"
	"fmt"
	"io"
	"math"
	"runtime"
	"runtime/debug"
	"slices"
	"strings"

	"github.com/quern-search/quern/rerank"
	"github.com/quern-search/quern/rerank/internal/vocab"
	"github.com/quern-search/quern/rerank/qwen3/internal/kernel"
)

// DefaultContext is how many tokens one prompt holds at the most unless Config says otherwise: max_length of the model
// card. The models read more, but were not evaluated so, and memory grows with it.
const DefaultContext = 8192

// minContext leaves room for the prompt's own text (about 70 tokens) and as much again for query and document.
const minContext = 192

// largeModel is how many bytes of weights make it worth while to give back at once what reading them has left behind: the
// collector would wait until as much again has been allocated.
const largeModel = 64 << 20

// A Config says how to run a model. The zero value works.
type Config struct {
	Name    string // what to call it; empty: the name in the file, else that of the file or folder
	Context int    // tokens that one prompt holds at the most; 0: what the model was made for, up to DefaultContext
	Threads int    // batches computed at once; 0: GOMAXPROCS. Scores do not depend on it

	Precision Precision // of products; the zero value chooses by the model
}

// A Precision says in what products with weights are computed.
type Precision int

// The precisions.
const (
	// Auto is Quantised for models that are 512 wide at least, as all published ones are, and Float32 for others: the narrower a model, the more of a sum one rounded number is, and the less there is to gain.
	Auto Precision = iota

	// Float32 decodes all weights, whatever form they have. Logits are those of float64 to 1e-3; it takes two to three
	// times as long as Quantised and three times the memory.
	Float32

	// Quantised keeps weights that are in blocks in 8 bits and rounds what they are multiplied by to 8 bits, too, but for the
	// rows that count for much; and so with weights in BF16, where the CPU can. Logits of a model of the 0.6B's width are
	// those of float64 to 0.02.
	Quantised
)

// narrow is the width below which Auto computes in float32.
const narrow = 512

func (p Precision) quantised(s shape) bool { return p == Quantised || p == Auto && s.hidden >= narrow }

// An Engine is a loaded model. It implements rerank.Scorer and is safe for concurrent use.
type Engine struct {
	model   rerank.Model
	shape   shape
	vocab   *vocab.Vocabulary
	weights weights
	rope    rope
	kernel  kernel.Set
	scale   float32   // of attention scores: 1/sqrt(headDim)
	ones    []float32 // headDim of them
	context int

	quantised bool // whether weights may be held in another form than float32

	cores    *cores
	prefixes prefixes
}

var _ rerank.Scorer = (*Engine)(nil)

// Open loads the model at a path.
//
// A GGUF may be causal (the plain conversions) or a classifier (with cls.output.weight), with weights in F32, F16, BF16 or
// one of GGML's block formats that package gguf decodes: Q8_0, Q4_0 to Q5_1, Q2_K to Q6_K, IQ4_NL, IQ4_XS. A folder has the
// files that the transformers library saves and Hugging Face shows: config.json, tokenizer.json, and model.safetensors or
// an index and the files that it names, in F32, F16 or BF16, for Qwen3ForCausalLM or Qwen3ForSequenceClassification with
// one label. The path of model.safetensors stands for its folder.
//
// Weights in blocks are held in 8 bits, those in BF16 as they are where the CPU multiplies them so, all others in float32;
// Config.Precision says when not. The files may be removed afterwards, or replaced by others of the same name, as package
// managers do; the embeddings are read from them as long as the engine lives, so they must not be written over.
func Open(path string, cfg Config) (*Engine, error) {
	src, err := openSource(path)
	if err != nil {
		return nil, fmt.Errorf("qwen3: open %q: %w", path, err)
	}
	defer src.close()
	e, err := load(src, cfg)
	if err != nil {
		return nil, fmt.Errorf("qwen3: open %q: %w", path, err)
	}
	return e, nil
}

// New is Open for a GGUF that is not on disk, such as one that is embedded in the program.
func New(r io.ReaderAt, size int64, cfg Config) (*Engine, error) {
	src, err := readGGUF(r, size)
	if err != nil {
		return nil, fmt.Errorf("qwen3: %w", err)
	}
	e, err := load(src, cfg)
	if err != nil {
		return nil, fmt.Errorf("qwen3: %w", err)
	}
	return e, nil
}

// load makes an engine of a source.
func load(src *source, cfg Config) (*Engine, error) {
	if cfg.Threads < 0 || cfg.Context < 0 {
		return nil, fmt.Errorf("%d threads and a context of %d: give 0 for the default, or a positive number", cfg.Threads, cfg.Context)
	}
	e := &Engine{shape: src.shape}
	var err error
	e.context = min(cmp.Or(cfg.Context, DefaultContext), e.shape.context)
	if e.context < minContext {
		return nil, fmt.Errorf("a context of %d tokens has no room for a query and a document: it takes %d", e.context, minContext)
	}
	if e.kernel, err = kernel.Best(); err != nil {
		return nil, err
	}
	if e.vocab, err = vocab.New(src.vocab); err != nil {
		return nil, err
	}
	e.quantised = cfg.Precision.quantised(e.shape)
	if e.weights, err = loadWeights(src, e.vocab, e.form); err != nil {
		e.weights.embed.close()
		return nil, err
	}
	if unmap := e.weights.embed.unmap; unmap != nil {
		runtime.AddCleanup(e, func(unmap func()) { unmap() }, unmap)
	}
	e.rope = newRope(e.shape, e.context)
	e.scale = float32(1 / math.Sqrt(float64(e.shape.headDim)))
	e.ones = slices.Repeat([]float32{1}, e.shape.headDim)
	e.cores = newCores(cmp.Or(cfg.Threads, runtime.GOMAXPROCS(0)))
	if e.model, err = e.describe(src, cmp.Or(cfg.Name, src.name, "qwen3")); err != nil {
		return nil, err
	}
	if e.weights.bytes() > largeModel {
		debug.FreeOSMemory()
	}
	return e, nil
}

// describe fills in what Model answers. The fingerprint covers all files, the kernel (whose last bits differ), the precision
// and the context (which decides where texts are cut).
func (e *Engine) describe(src *source, name string) (rerank.Model, error) {
	print, err := src.fingerprint()
	if err != nil {
		return rerank.Model{}, err
	}
	return rerank.Model{
		Name:        name,
		Kind:        "qwen3",
		Fingerprint: fmt.Sprintf("qwen3:%s:%s:%s:%d", print, e.kernel.Name, e.precision(), e.context),
		Context:     e.context,
		Blend:       src.blend,
	}, nil
}

// Model says what the engine runs.
func (e *Engine) Model() rerank.Model { return e.model }

// Facts are what is known of the model and of how it runs, for people.
func (e *Engine) Facts() []rerank.Fact {
	return []rerank.Fact{
		{Name: "kernel", Value: e.kernel.Name},
		{Name: "precision", Value: e.precision()},
		{Name: "layers", Value: fmt.Sprintf("%d, %d wide", e.shape.layers, e.shape.hidden)},
		{Name: "vocabulary", Value: fmt.Sprintf("%d tokens", e.vocab.Size())},
	}
}

// form is how a matrix is held.
func (e *Engine) form(t *stored) kernel.Form {
	if !e.quantised {
		return kernel.F32
	}
	return t.form(e.kernel)
}

// precision names what products with weights are computed in: one form, or several where the file's matrices differ.
func (e *Engine) precision() string {
	var forms []string
	for _, l := range e.weights.layers {
		for _, m := range l.matrices() {
			forms = append(forms, m.Form().String())
		}
	}
	slices.Sort(forms)
	return strings.Join(slices.Compact(forms), ", ")
}

// BestKernel names the arithmetic that engines use on this machine, such as "avx2" or "generic", or says why there is none.
func BestKernel() (string, error) {
	set, err := kernel.Best()
	if err != nil {
		return "", fmt.Errorf("qwen3: %w", err)
	}
	return set.Name, nil
}
