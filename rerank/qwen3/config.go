package qwen3

import (
	"cmp"
	"fmt"
	"slices"
)

// A config is what config.json says of a model, under the names that the transformers library has for it.
type config struct {
	Architectures []string
	ModelType     string `json:"model_type"`

	Layers           int      `json:"num_hidden_layers"`
	Hidden           int      `json:"hidden_size"`
	FFN              int      `json:"intermediate_size"`
	Heads            int      `json:"num_attention_heads"`
	KVHeads          int      `json:"num_key_value_heads"`
	HeadDim          int      `json:"head_dim"`
	Context          int      `json:"max_position_embeddings"`
	Eps              float64  `json:"rms_norm_eps"`
	Vocabulary       int      `json:"vocab_size"`
	TiedHead         bool     `json:"tie_word_embeddings"`
	Activation       string   `json:"hidden_act"`
	AttentionBias    bool     `json:"attention_bias"`
	UseSlidingWindow bool     `json:"use_sliding_window"`
	LayerTypes       []string `json:"layer_types"`

	// How positions are told apart: the first two in files of transformers 4, the third in those of 5.
	RopeTheta      float64        `json:"rope_theta"`
	RopeScaling    map[string]any `json:"rope_scaling"`
	RopeParameters map[string]any `json:"rope_parameters"`

	// What there is where weights were made smaller; the second is MLX's.
	Quantization    map[string]any `json:"quantization_config"`
	QuantizationMLX map[string]any `json:"quantization"`
}

// maxVocabulary is a bound like those in shape.go. Qwen3 has 151,669 tokens.
const maxVocabulary = 1 << 24

const (
	causal     = "Qwen3ForCausalLM"
	classifier = "Qwen3ForSequenceClassification"
)

// classifies tells whether the head has one row, yes - no, instead of one for each token.
func (c *config) classifies() bool { return slices.Contains(c.Architectures, classifier) }

// shape returns the model's size, or says why it is no Qwen3-Reranker that can be read here.
func (c *config) shape() (shape, error) {
	s := shape{
		layers: c.Layers, hidden: c.Hidden, ffn: c.FFN, heads: c.Heads, kvHeads: c.KVHeads, headDim: c.HeadDim,
		context: c.Context, ropeBase: c.ropeBase(), eps: c.Eps,
	}
	if err := c.supported(); err != nil {
		return s, err
	}
	for _, n := range []struct {
		name         string
		value, limit int
	}{
		{"num_hidden_layers", s.layers, maxLayers}, {"hidden_size", s.hidden, maxWidth}, {"intermediate_size", s.ffn, maxWidth},
		{"num_attention_heads", s.heads, maxWidth}, {"num_key_value_heads", s.kvHeads, maxWidth}, {"head_dim", s.headDim, maxWidth},
		{"max_position_embeddings", s.context, maxContext}, {"vocab_size", c.Vocabulary, maxVocabulary},
	} {
		if n.value <= 0 || n.value > n.limit {
			return s, fmt.Errorf("config.json says %q is %d, or does not say it: the folder holds no whole Qwen3-Reranker", n.name, n.value)
		}
	}
	if !(s.ropeBase > 0 && s.ropeBase < 1e12) || !(s.eps > 0 && s.eps < 1) {
		return s, fmt.Errorf(`config.json says "rope_theta" is %v and "rms_norm_eps" %v, or does not say it`, s.ropeBase, s.eps)
	}
	return s, s.check()
}

// supported refuses other kinds of model, with what would work.
func (c *config) supported() error {
	const take = "take Qwen3-Reranker-0.6B, 4B or 8B"
	scaling := cmp.Or(text(c.RopeScaling, "rope_type"), text(c.RopeScaling, "type"), text(c.RopeParameters, "rope_type"))
	switch {
	case c.ModelType != "qwen3":
		return fmt.Errorf("config.json says the model is of type %q, not \"qwen3\": %s", c.ModelType, take)
	case c.Quantization != nil || c.QuantizationMLX != nil:
		method := cmp.Or(text(c.Quantization, "quant_method"), "the MLX library's method")
		return fmt.Errorf("its weights are quantised by %s, which is not read here: take the original in BF16, or a GGUF in Q8_0", method)
	case !c.classifies() && !slices.Contains(c.Architectures, causal):
		return fmt.Errorf("config.json says the model is a %q, neither a %s nor a %s: %s", c.Architectures, causal, classifier, take)
	case scaling != "" && scaling != "default":
		return fmt.Errorf("config.json asks for RoPE scaling %q, which the rerankers do not use: take the original", scaling)
	case c.Activation != "silu":
		return fmt.Errorf("config.json asks for the activation %q: a Qwen3 has \"silu\"", c.Activation)
	case c.AttentionBias:
		return fmt.Errorf("config.json says that attention has a bias: no Qwen3-Reranker is like that")
	case c.UseSlidingWindow || slices.ContainsFunc(c.LayerTypes, func(kind string) bool { return kind != "full_attention" }):
		return fmt.Errorf("config.json asks for attention in a sliding window, which the rerankers do not use: take the original")
	}
	return nil
}

func (c *config) ropeBase() float64 {
	base, _ := c.RopeParameters["rope_theta"].(float64)
	return cmp.Or(base, c.RopeTheta)
}

// text returns a text of a JSON object, or the empty one.
func text(object map[string]any, key string) string {
	s, _ := object[key].(string)
	return s
}
