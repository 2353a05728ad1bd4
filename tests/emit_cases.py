"""Specs for the emitters: each has something that a printer or a builder may get wrong."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch

from skipgraph.api import Settings, network_of
from skipgraph.diagnostics import Report, Source
from skipgraph.emit import to_module, to_source
from skipgraph.graph import Network
from skipgraph.sizes import Dim, evaluate

ZOO = Path(__file__).parent.parent / "specs"

RESNET = """\
skipgraph: 1
name: resnet
inputs: {image: [N, 3, H, W]}
params: {widths: [16, 32, 64]}
blocks:
  basic_block:
    params: {out: required, stride: 1}
    layers:
      - Conv2d: {out_channels: $out, kernel_size: 3, stride: $stride, padding: 1, bias: false, name: conv1}
      - BatchNorm2d: {name: bn1}
      - ReLU: {name: relu}
      - Conv2d: {out_channels: $out, kernel_size: 3, padding: 1, bias: false, name: conv2}
      - BatchNorm2d: {name: bn2}
      - when: $(stride != 1 or channels('input') != out)
        do:
          - Conv2d: {from: input, name: proj, key: downsample.0, out_channels: $out, kernel_size: 1, stride: $stride}
          - BatchNorm2d: {name: short, key: downsample.1}
          - Add: {from: [bn2, short], name: joined}
        else:
          - Add: {from: [bn2, input], name: joined}
      - ReLU: {name: out}
layers:
  - Conv2d: {name: conv1, out_channels: 16, kernel_size: 7, stride: 2, padding: 3, bias: false}
  - BatchNorm2d: {name: bn1}
  - ReLU: {name: relu}
  - for: (i, w) in enumerate(widths)
    do:
      - basic_block: {name: layer$(i + 1)_0, key: layer$(i + 1).0, out: $w, stride: "$(1 if i == 0 else 2)"}
      - basic_block: {name: layer$(i + 1)_1, key: layer$(i + 1).1, out: $w}
  - AdaptiveAvgPool2d: 1
  - Flatten
  - Linear: {name: fc, out_features: 10}
"""

VGG = """\
skipgraph: 1
name: vgg
inputs: {image: [N, 3, 32, 32]}
layers:
  - for: (i, w) in enumerate([8, 16])
    do:
      - Conv2d: {key: features.$(3 * i), out_channels: $w, kernel_size: 3, padding: 1}
      - ReLU: {key: features.$(3 * i + 1), inplace: true}
      - MaxPool2d: {key: features.$(3 * i + 2), kernel_size: 2}
  - Flatten
  - Linear: {key: classifier.0, out_features: 32}
  - Dropout: {key: classifier.1}
  - Linear: {key: classifier.2, out_features: 10}
"""

MIXED = """\
skipgraph: 1
name: mixed
inputs: {image: [N, 8, H, W], t: [N, 4]}
blocks:
  mlp:
    keys: numbered
    params: {hidden: required, out: 8}
    layers:
      - Linear: {out_features: $hidden}
      - SiLU
      - Linear: {out_features: $out}
  two:
    layers:
      - Conv2d: {name: a, out_channels: 4, kernel_size: 1}
      - Conv2d: {name: b, from: input, out_channels: 6, kernel_size: 1}
    outputs: {a: a, b: b}
  gate:
    inputs: [x, g]
    layers:
      - Conv2d: {out_channels: 10, kernel_size: 1, from: g}
      - Sigmoid
      - Mul: {from: [x, prev]}
layers:
  - Conv2d: {name: stem, from: image, out_channels: 8, kernel_size: 3, padding: 1, parametrize: weight_norm}
  - Branches:
      name: incep
      merge: concat
      paths:
        a: [{Conv2d: {out_channels: 4, kernel_size: 1}}, ReLU]
        b:
          - Conv2d: {out_channels: 6, kernel_size: 3, padding: 1}
        identity: []
  - Conv2d: {name: squeeze, out_channels: 8, kernel_size: 1, repeat: 3}
  - Chunk: {name: parts, chunks: 2}
  - Concat: {name: swapped, from: [parts.1, parts.0]}
  - mlp: {name: emb, from: t, hidden: 16}
  - mlp: {name: emb2, hidden: 32}
  - Reshape: {name: cond, shape: [N, 8, 1, 1]}
  - Add: {name: mixed_, from: [swapped, cond]}
  - two: {name: pair}
  - Concat: {name: back, from: [pair.b, pair.a]}
  - gate: {name: gated, from: [back, stem]}
  - Conv2d: {name: tower, out_channels: 10, kernel_size: 1}
  - Parameter: {name: pos, shape: [1, 10, 1, 1], init: {trunc_normal: 0.02}, key: embed.pos}
  - Add: {name: posed, from: [tower, pos]}
  - Pad: {name: padded, right: $(-W % 8), bottom: $(-H % 8)}
  - Crop: {name: cropped, like: image}
  - Conv2d: {name: down, out_channels: 10, kernel_size: 2, stride: 2}
  - ReLU: {name: re, from: down}
  - Interpolate: {name: big, like: image}
  - Interpolate: {name: bigger, size: "$([size('image', 2), size('stem', 3)])"}
  - Add: {name: sum, from: [big, bigger, cropped]}
  - Scale: {name: gamma, init: 0.1, dim: 1}
  - Conv2d: {name: aux, from: re, out_channels: 3, kernel_size: 1, unused: true}
  - Conv2d: {name: head, from: gamma, key: [head, heads.0], out_channels: 10, kernel_size: 1}
  - Reuse: {name: again, of: head}
outputs: {main: again, list: [head, gamma]}
skips:
  s1: {from: stem, to: squeeze, merge: concat, order: skip_first}
  s2: {from: stem, to: pair, merge: add}
  s3: {from: input, to: gated.g, merge: add, via: [{Conv2d: {out_channels: 8, kernel_size: 1}}]}
"""

PIX = """\
skipgraph: 1
name: pix
inputs: {image: [N, 3, H, W]}
blocks:
  level:
    params: {depth: required, width: 4}
    layers:
      - Conv2d: {out_channels: $width, kernel_size: 4, stride: 2, padding: 1}
      - level: {name: inner, depth: $(depth - 1), width: $(width * 2), when: $(depth > 1)}
      - ConvTranspose2d: {name: up, out_channels: $(channels('input')), kernel_size: 4, stride: 2, padding: 1}
    skips:
      skip: {from: input, to: output, merge: concat}
layers:
  - level: {name: top, depth: 3}
"""

DENSE = """\
skipgraph: 1
name: dense
inputs: {image: [N, 8, H, W]}
blocks:
  dense_block:
    params: {growth: 4, n: 3}
    layers:
      - for: i in range(n)
        do:
          - Concat: {name: c$i, from: [input, m*]}
          - Conv2d: {name: m$i, out_channels: $growth, kernel_size: 3, padding: 1}
      - Concat: {from: [input, m*]}
layers:
  - dense_block: {name: d0}
  - dense_block: {name: d1, growth: 8}
"""

ODD = """\
skipgraph: 1
name: f
inputs: {max: [N, 8, 4], x: [N, 8, 4]}
blocks:
  exception:
    inputs: [lambda_, rest*]
    params: {dict: 3}
    layers:
      - Concat: {from: [lambda_, rest*]}
      - Conv1d: {out_channels: $dict, kernel_size: 1, key: "0"}
      - Conv1d: {name: b, out_channels: $dict, kernel_size: 1, key: "1"}
      - Add: {from: [b, conv1d_0]}
  many:
    layers:
      - Conv1d: {name: self_, out_channels: 2, kernel_size: 1}
      - Conv1d: {name: torch, out_channels: 2, kernel_size: 1}
      - Add: {name: sum, from: [self_, torch]}
    outputs: [sum, torch]
  scaled:
    params: {s: required}
    layers:
      - Reshape: {shape: [N, $s, -1]}
      - Permute: [0, 2, 1]
layers:
  - exception: {name: nn, from: [max, x, max], dict: 4}
  - exception: {name: F, from: [max, x, nn], dict: 5}
  - many: {name: pair, from: F}
  - scaled: {name: a, from: pair.0, s: 2}
  - scaled: {name: b, from: pair.1, s: 4}
  - Chunk: {name: one, from: a, chunks: 1}
  - Constant: {name: c, value: 2.0}
  - Mul: {name: out, from: [one.0, c]}
  - Identity: {name: y, from: b}
outputs: [out, y, max]
"""

STATES = """\
skipgraph: 1
name: states
inputs: {x: [N, L, 12]}
blocks:
  recurrent:
    params: {hidden: required, layers: 1}
    layers:
      - LSTM: {name: lstm, hidden_size: $hidden, num_layers: $layers, batch_first: true, bidirectional: true}
    outputs: {sequence: lstm, state: lstm.h_n}
layers:
  - LSTM: {name: encoder, hidden_size: 6, batch_first: true}
  - LSTM: {name: decoder, hidden_size: 6, batch_first: true, h_0: encoder.h_n, c_0: encoder.c_n}
  - LSTM: {name: narrow, hidden_size: 4, num_layers: 2, dropout: 0.5, batch_first: true}
  - recurrent: {name: low, from: narrow, hidden: 3}
  - recurrent: {name: high, from: low.sequence, hidden: 5, layers: 2}
  - GRU: {name: gru, from: high.sequence, hidden_size: 6, batch_first: true}
  - Reuse: {name: again, of: encoder, from: {input: x, h_0: gru.h_n, c_0: encoder.c_n}}
  - Select: {name: last, index: -1, dim: 1}
  - LSTMCell: {name: cell, hidden_size: 6}
  - LSTMCell: {name: step, from: [last, cell, cell.c_1], hidden_size: 6}
  - RNNCell: {name: plain, hidden_size: 4}
outputs: [plain, low.state, high.state, step.c_1]
"""

ATTENTION = """\
skipgraph: 1
name: attention
inputs: {tokens: [N, L, 16], context: [N, S, 12], padding: [N, S], t: {shape: [N], dtype: int64}}
blocks:
  cross:
    params: {heads: required, drop: required}
    inputs: [x, memory]
    layers:
      - MultiheadAttention: {name: attn, from: [x, memory], num_heads: $heads, dropout: $drop, batch_first: true}
      - Linear: {name: keys, from: memory, out_features: 16}
      - ScaledDotProductAttention: {name: again, from: [attn, keys, keys], dropout_p: $drop}
    outputs: {out: again, weights: attn.weights}
  moment:
    params: {width: required}
    layers:
      - SinusoidalEmbedding: {name: waves, embedding_dim: $width}
      - Linear: {name: out, out_features: 16}
layers:
  - moment: {name: coarse, from: t, width: 8}
  - moment: {name: fine, from: t, width: 32}
  - Add: {name: both, from: [coarse, fine]}
  - Unsqueeze: {name: moment, dim: 1}
  - Add: {name: timed, from: [tokens, moment]}
  - MultiheadAttention: {name: itself, num_heads: 4, batch_first: true, need_weights: false}
  - cross: {name: low, from: [itself, context], heads: 4, drop: 0.1}
  - cross: {name: high, from: [low.out, context], heads: 2, drop: 0.2}
  - TransformerEncoderLayer: {name: layers, from: high.out, repeat: 2, nhead: 4, dim_feedforward: 8, batch_first: true}
  - TransformerEncoder: {name: encoder, nhead: 2, num_layers: 2, dim_feedforward: 8, batch_first: true, norm: LayerNorm}
  - MultiheadAttention:
      name: masked
      from: {query: encoder, key: context, key_padding_mask: padding}
      num_heads: 2
      batch_first: true
  - TransformerDecoder: {name: dec, from: [tokens, masked], nhead: 4, num_layers: 2, batch_first: true}
  - SinusoidalEmbedding: {name: last, from: t, embedding_dim: 7, flip_sin_to_cos: true, scale: 2}
outputs: {out: dec, low: low.weights, weights: masked.weights, last: last}
"""

CASES = {
    "attention": ATTENTION,
    "states": STATES,
    "resnet": RESNET,
    "vgg": VGG,
    "mixed": MIXED,
    "pix": PIX,
    "dense": DENSE,
    "odd": ODD,
    "unet": (ZOO / "unet.yaml").read_text(encoding="utf-8").replace("base: 64", "base: 4"),
    "time_unet": (ZOO / "time_unet.yaml").read_text(encoding="utf-8").replace("base: 32", "base: 8"),
}


def network(text: str, path: str | None = None, **parameters: Any) -> Network:
    """The network of a spec's text, which must be without errors."""
    report = Report()
    found = network_of(Source(path or "<string>", text, path), report, Settings(parameters=parameters))
    assert found is not None, [(finding.message, finding.span.place) for finding in report]
    return found


def inputs(network: Network, size: int = 32) -> list[torch.Tensor]:
    """Tensors for its inputs: a batch of 2, the other open axes the smallest allowed size of at least `size`."""

    def number(dim: Dim) -> int:
        if isinstance(dim, int):
            return dim
        sizes = {axis: _allowed(network, axis, 2 if axis == "N" else size) for axis in dim.symbols}
        return evaluate(dim, sizes)

    made = []
    for port in network.graph.inputs:
        shape = [number(dim) for dim in port.type.shape]
        made.append(torch.randn(shape) if port.type.is_float else torch.randint(0, 4, shape))
    return made


def _allowed(network: Network, axis: str, least: int) -> int:
    if axis not in network.contract.symbols:
        return least
    return next(size for size in network.contract.allowed(axis).smallest(1000) if size >= least)


def built(network: Network) -> Any:
    """Its module, with the weights of seed 0, evaluating."""
    torch.manual_seed(0)
    return to_module(network).eval()


def printed(network: Network) -> Any:
    """The module that the printed source makes alone, with the weights of seed 0, evaluating."""
    names: dict[str, Any] = {"__name__": "printed"}
    text = to_source(network)
    exec(compile(text, "printed.py", "exec"), names)
    torch.manual_seed(0)
    module = names[type(to_module(network)).__name__]
    torch.manual_seed(0)
    made = module()
    assert isinstance(made, torch.nn.Module)
    return made.eval()


def tensors(result: Any) -> list[torch.Tensor]:
    """The tensors of a result, in order."""
    if isinstance(result, torch.Tensor):
        return [result]
    return [leaf for item in (result.values() if isinstance(result, dict) else result) for leaf in tensors(item)]


def same(a: Any, b: Any) -> bool:
    """Whether two results have one structure and the same numbers."""
    if isinstance(a, torch.Tensor):
        return torch.equal(a, b)
    if isinstance(a, dict):
        return list(a) == list(b) and all(same(a[name], b[name]) for name in a)
    return type(a) is type(b) and len(a) == len(b) and all(map(same, a, b))
