"""Attention, transformers and sinusoidal embeddings do in a network what torch and diffusers do by hand."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping
from typing import Any

import pytest
import torch
import torch.nn.functional as F
from emit_cases import network, same
from torch import Tensor, nn

from skipgraph.api import Settings, network_of
from skipgraph.diagnostics import Report, Source
from skipgraph.emit import to_module, to_source
from skipgraph.passes.summary import summary

N, L, S, C = 2, 6, 4, 16


def spec(step: str, **inputs: str) -> str:
    declared = ", ".join(f"{name}: {shape}" for name, shape in inputs.items())
    return f"skipgraph: 1\ninputs: {{{declared}}}\nlayers:\n  - {step}\n"


def built(text: str) -> nn.Module:
    with warnings.catch_warnings():
        # said of every torch.nn.Transformer without `batch_first`
        warnings.filterwarnings("ignore", "enable_nested_tensor is True")
        return to_module(network(text))


class Encoder(nn.Module):
    """A block of a vision transformer, as torchvision writes it."""

    def __init__(self) -> None:
        super().__init__()
        self.ln_1 = nn.LayerNorm(C)
        self.self_attention = nn.MultiheadAttention(C, 4, dropout=0.1, batch_first=True)
        self.ln_2 = nn.LayerNorm(C)
        self.mlp = nn.Sequential(nn.Linear(C, 2 * C), nn.GELU(), nn.Linear(2 * C, C))

    def forward(self, input: Tensor) -> Tensor:
        x = self.ln_1(input)
        x, _ = self.self_attention(x, x, x, need_weights=False)
        seen: Tensor = x + input
        y: Tensor = self.mlp(self.ln_2(seen))
        return seen + y


ENCODER = f"""\
skipgraph: 1
inputs: {{tokens: [N, L, {C}]}}
layers:
  - LayerNorm: {{name: ln_1}}
  - MultiheadAttention: {{name: self_attention, num_heads: 4, dropout: 0.1, batch_first: true, need_weights: false}}
  - Add: {{name: seen, from: [self_attention, tokens]}}
  - LayerNorm: {{name: ln_2}}
  - Linear: {{key: mlp.0, out_features: {2 * C}}}
  - GELU: {{key: mlp.1}}
  - Linear: {{name: mlp, key: mlp.2, out_features: {C}}}
  - Add: {{from: [seen, mlp]}}
"""


class Cross(nn.Module):
    """A query reads a context, but for its padding, and gives the weights of each head."""

    def __init__(self) -> None:
        super().__init__()
        self.attn = nn.MultiheadAttention(C, 2, bias=False, add_bias_kv=True, kdim=12, vdim=8, batch_first=True)

    def forward(self, x: Tensor, keys: Tensor, values: Tensor, padding: Tensor, mask: Tensor) -> tuple[Tensor, Tensor]:
        options = {"key_padding_mask": padding, "attn_mask": mask}
        output, weights = self.attn(x, keys, values, average_attn_weights=False, **options)
        return output, weights


CROSS = f"""\
skipgraph: 1
inputs:
  x: [N, L, {C}]
  keys: [N, S, 12]
  values: [N, S, 8]
  padding: {{shape: [N, S], dtype: bool}}
  mask: {{shape: [L, S], dtype: bool}}
layers:
  - MultiheadAttention:
      name: attn
      from: {{query: x, key: keys, value: values, key_padding_mask: padding, attn_mask: mask}}
      num_heads: 2
      bias: false
      add_bias_kv: true
      batch_first: true
      average_attn_weights: false
outputs: [attn, attn.weights]
"""


def ragged(length: int) -> Tensor:
    """True at the end of the second sample."""
    mask = torch.zeros(N, length, dtype=torch.bool)
    mask[1, -2:] = True
    return mask


def causal(length: int) -> Tensor:
    return torch.ones(length, length, dtype=torch.bool).triu(1)


def compared(ours: nn.Module, theirs: nn.Module, *given: Tensor, train: bool) -> None:
    """Equal keys, and with equal weights and seeds equal numbers."""
    assert list(ours.state_dict()) == list(theirs.state_dict())
    ours.load_state_dict(theirs.state_dict())
    results = []
    for module in (ours.train(train), theirs.train(train)):
        torch.manual_seed(3)
        with torch.set_grad_enabled(train), warnings.catch_warnings():
            warnings.filterwarnings("ignore", "The PyTorch API of nested tensors")
            result = module(*given)
        results.append(list(result) if isinstance(result, tuple) else result)
    assert same(*results)


@pytest.mark.parametrize("train", [False, True])
@pytest.mark.parametrize(
    ("text", "theirs", "given"),
    [
        (ENCODER, Encoder, (torch.randn(N, L, C),)),
        (
            CROSS,
            Cross,
            (
                torch.randn(N, L, C),
                torch.randn(N, S, 12),
                torch.randn(N, S, 8),
                ragged(S),
                torch.rand(L, S) < 0.3,
            ),
        ),
    ],
    ids=["itself", "cross"],
)
def test_a_network_with_attention_is_the_one_by_hand(
    text: str, theirs: type[nn.Module], given: tuple[Tensor, ...], train: bool
) -> None:
    torch.manual_seed(0)
    compared(built(text), theirs(), *given, train=train)


class Named(nn.Module):
    """A module below one name, called with what arrives by the ports' names."""

    def __init__(self, module: nn.Module, ports: tuple[str, ...], **hints: Any) -> None:
        super().__init__()
        self.step = module
        self.ports = ports
        self.hints = hints

    def forward(self, *values: Tensor) -> Any:
        return self.step(**dict(zip(self.ports, values, strict=True)), **self.hints)


LAYER: Mapping[str, Any] = {"dim_feedforward": 24, "batch_first": True}
SEQUENCE, MEMORY = f"[N, L, {C}]", f"[N, S, {C}]"
SIZES = "nhead: 4, dim_feedforward: 24, batch_first: true"


def _layer(cls: Any, **options: Any) -> Any:
    return cls(C, 4, **LAYER, **options)


TRANSFORMERS: Mapping[str, tuple[str, dict[str, str], Callable[[], nn.Module], dict[str, Any]]] = {
    "layer": (
        f"TransformerEncoderLayer: {{name: step, {SIZES}}}",
        {"src": SEQUENCE},
        lambda: _layer(nn.TransformerEncoderLayer),
        {},
    ),
    "layer, masked": (
        f"TransformerEncoderLayer: {{name: step, {SIZES}, norm_first: true, is_causal: true, src_mask: src_mask}}",
        {"src": SEQUENCE, "src_mask": "{shape: [L, L], dtype: bool}"},
        lambda: _layer(nn.TransformerEncoderLayer, norm_first=True),
        {"is_causal": True},
    ),
    "encoder": (
        f"TransformerEncoder: {{name: step, {SIZES}, num_layers: 2, norm: LayerNorm, layer_norm_eps: 0.001}}",
        {"src": SEQUENCE},
        lambda: nn.TransformerEncoder(
            _layer(nn.TransformerEncoderLayer, layer_norm_eps=0.001), 2, nn.LayerNorm(C, eps=0.001)
        ),
        {},
    ),
    # in eval mode torch packs the samples into a nested tensor, and pads the result with zeros
    "encoder, padded": (
        f"TransformerEncoder: {{name: step, {SIZES}, num_layers: 2, src_key_padding_mask: src_key_padding_mask}}",
        {"src": SEQUENCE, "src_key_padding_mask": "{shape: [N, L], dtype: bool}"},
        lambda: nn.TransformerEncoder(_layer(nn.TransformerEncoderLayer), 2),
        {},
    ),
    "decoder": (
        f"TransformerDecoder: {{name: step, {SIZES}, num_layers: 2, activation: gelu, "
        "from: {tgt: tgt, memory: memory, tgt_mask: tgt_mask, memory_key_padding_mask: memory_key_padding_mask}}",
        {
            "tgt": SEQUENCE,
            "memory": MEMORY,
            "tgt_mask": "{shape: [L, L], dtype: bool}",
            "memory_key_padding_mask": "{shape: [N, S], dtype: bool}",
        },
        lambda: nn.TransformerDecoder(_layer(nn.TransformerDecoderLayer, activation="gelu"), 2),
        {},
    ),
    "both": (
        f"Transformer: {{name: step, {SIZES}, num_encoder_layers: 2, num_decoder_layers: 1, from: [src, tgt]}}",
        {"src": MEMORY, "tgt": SEQUENCE},
        lambda: nn.Transformer(C, 4, 2, 1, **LAYER),
        {},
    ),
}


def _value(name: str) -> Tensor:
    made = {
        "src_mask": causal(L),
        "tgt_mask": causal(L),
        "src_key_padding_mask": ragged(L),
        "memory_key_padding_mask": ragged(S),
        "memory": torch.randn(N, S, C),
    }
    return made[name] if name in made else torch.randn(N, L, C)


@pytest.mark.parametrize("train", [False, True])
@pytest.mark.parametrize("name", TRANSFORMERS)
def test_a_transformer_is_torchs_own(name: str, train: bool) -> None:
    step, inputs, theirs, hints = TRANSFORMERS[name]
    torch.manual_seed(0)
    module = built(spec(step, **inputs))
    compared(module, Named(theirs(), tuple(inputs), **hints), *map(_value, inputs), train=train)


@pytest.mark.parametrize("train", [False, True])
def test_dropout_of_attention_holds_in_training_alone(train: bool) -> None:
    text = spec(
        "ScaledDotProductAttention: {from: [q, k, v], dropout_p: 0.5}",
        q="[N, 2, L, 8]",
        k="[N, 2, S, 8]",
        v="[N, 2, S, 8]",
    )
    module = built(text).train(train)
    q, k, v = torch.randn(N, 2, L, 8), torch.randn(N, 2, S, 8), torch.randn(N, 2, S, 8)
    torch.manual_seed(1)
    ours = module(q, k, v)
    torch.manual_seed(1)
    assert torch.equal(ours, F.scaled_dot_product_attention(q, k, v, dropout_p=0.5 if train else 0.0))
    assert torch.equal(ours, F.scaled_dot_product_attention(q, k, v)) != train


def diffusers_embedding(
    timesteps: Tensor,
    embedding_dim: int,
    flip_sin_to_cos: bool = False,
    downscale_freq_shift: float = 1,
    scale: float = 1,
    max_period: int = 10000,
) -> Tensor:
    embeddings = pytest.importorskip("diffusers.models.embeddings")
    options = (flip_sin_to_cos, downscale_freq_shift, scale, max_period)
    found = embeddings.get_timestep_embedding(timesteps, embedding_dim, *options)
    assert isinstance(found, Tensor)
    return found


@pytest.mark.parametrize("dtype", ["int64", "float32"])
@pytest.mark.parametrize(
    "arguments",
    [
        {"embedding_dim": 128},
        {"embedding_dim": 320, "flip_sin_to_cos": True, "downscale_freq_shift": 0},
        {"embedding_dim": 33, "scale": 1000, "max_period": 500},
    ],
    ids=["ddpm", "stable diffusion", "odd"],
)
def test_a_sinusoidal_embedding_is_that_of_diffusers(arguments: dict[str, Any], dtype: str) -> None:
    written = ", ".join(f"{name}: {str(value).lower()}" for name, value in arguments.items())
    module = built(spec(f"SinusoidalEmbedding: {{{written}}}", t=f"{{shape: [N], dtype: {dtype}}}"))
    t = torch.tensor([0, 1, 17, 500, 999], dtype=getattr(torch, dtype))
    assert torch.equal(module(t), diffusers_embedding(t, **arguments))
    # the frequencies are not a weight that could be rounded with the others
    assert torch.equal(module.half()(t), diffusers_embedding(t, **arguments))
    assert not module.state_dict()


def test_a_sinusoidal_embedding_has_the_positions_of_the_transformer() -> None:
    step = "SinusoidalEmbedding: {embedding_dim: 6, interleaved: true, downscale_freq_shift: 0}"
    module = built(spec(step, positions="{shape: [L], dtype: int64}"))
    positions = torch.arange(50)
    theirs = torch.empty(50, 6, dtype=torch.float64)
    for i in range(3):
        angles = positions / 10000 ** (torch.tensor(2 * i / 6, dtype=torch.float64))
        theirs[:, 2 * i], theirs[:, 2 * i + 1] = angles.sin(), angles.cos()
    torch.testing.assert_close(module(positions).double(), theirs, rtol=0, atol=4e-6)


def test_layers_in_a_row_are_a_sequential() -> None:
    text = spec(f"TransformerEncoderLayer: {{name: layers, repeat: 2, {SIZES}}}", input=SEQUENCE)
    assert "nn.Sequential" in to_source(network(text))


def test_multiply_accumulates_of_attention_are_counted_in_open_sizes() -> None:
    text = spec("MultiheadAttention: {num_heads: 4, batch_first: true}", x=SEQUENCE)
    assert str(summary(network(text)).macs) == f"{2 * C}*L*L + {4 * C * C}*L"


@pytest.mark.parametrize(
    ("step", "said"),
    [
        ("MultiheadAttention: {num_heads: 3}", "16 features do not divide by 3 heads"),
        ("MultiheadAttention: {num_heads: 4, is_causal: true}", "none arrives"),
        ("MultiheadAttention: {num_heads: 4, key: memory, batch_first: true, vdim: 8}", "`vdim` is written as 8"),
        ("MultiheadAttention: {num_heads: 4, attn_mask: mask, batch_first: true}", "differ on axis 0: 6 and 5"),
    ],
)
def test_it_says_what_does_not_fit(step: str, said: str) -> None:
    report = Report()
    lines = spec(f"{step[:-1]}, from: x}}", x=f"[N, 6, {C}]", memory=MEMORY, mask="[5, 5]")
    network_of(Source("a.yaml", lines), report, Settings())
    assert any(said in finding.message for finding in report), [finding.message for finding in report]
