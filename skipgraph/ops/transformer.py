"""Transformers: layers of attention and a feed-forward part, stacks of them, the encoder and decoder in one."""

from collections.abc import Mapping
from typing import Any, ClassVar, Literal

from skipgraph.ops.attending import attention_mask, padding_mask, prefixed
from skipgraph.ops.base import Example, Weight
from skipgraph.ops.fields import PositiveInt
from skipgraph.ops.lowering import Argument, Call, Module
from skipgraph.ops.rules import declared
from skipgraph.ops.transforming import Heads, Layers, stacked
from skipgraph.sizes import Dim
from skipgraph.types import TensorType


class _Encoder(Layers):
    """What an encoder's layer and a stack of them share."""

    mask: ClassVar[str] = "src_mask"

    def infer(
        self, src: TensorType, src_mask: TensorType | None = None, src_key_padding_mask: TensorType | None = None
    ) -> TensorType:
        here = self.enter(src)
        attention_mask(src_mask, src, here, here, self.nhead, 1)
        padding_mask(src_key_padding_mask, src, here, 2)
        self.check_hints({self.mask: src_mask})
        return src

    def macs(self, output: TensorType, src: TensorType, *masks: TensorType | None) -> Dim:
        (here,) = self.sequences(src)
        return self.layer_macs(here, here) * self.count


class TransformerEncoderLayer(_Encoder):
    """Attention of a sequence to itself, then two Linear; both with a norm and a skip around them.

    Of a bool mask, true is left out; `is_causal` says that the mask at `src_mask` is the causal one.
    Shape: `[L, N, C]` -> the same, with `batch_first` `[N, L, C]`; masks `[L, L]` or `[N * nhead, L, L]` and `[N, L]`.
    Source: torch.nn.TransformerEncoderLayer; Vaswani et al., 2017.
    """

    ports = ("src", "src_mask?", "src_key_padding_mask?")
    leading = "nhead"
    hints = (("is_causal", "src_mask"),)
    examples = (
        Example(("N, L, 8",), nhead=2, dim_feedforward=12, batch_first=True),
        Example(("L, N, 8",), nhead=4, dim_feedforward=12, norm_first=True, activation="gelu", bias=False),
        Example(("6, 2, 8", "6, 6", "2, 6"), nhead=2, dim_feedforward=12, is_causal=True),
    )

    is_causal: bool = False

    def lower(self, src: TensorType, *masks: TensorType | None) -> Module:
        return self.called(self.layer(type(self).__name__, src), self.ports, 1, (src, *masks))

    def weights(self, src: TensorType, *masks: TensorType | None) -> Mapping[str, Weight]:
        return self.layer_weights(declared(None, src.shape[-1], "d_model"), "self_attn")


class TransformerEncoder(_Encoder):
    """`num_layers` TransformerEncoderLayer one after another, maybe a norm behind them.

    `is_causal` says that the mask is the causal one; left out, torch compares. Shape: `[L, N, C]` -> the same, with
    `batch_first` `[N, L, C]`; masks as for TransformerEncoderLayer. Source: torch.nn.TransformerEncoder.
    """

    ports = ("src", "mask?", "src_key_padding_mask?")
    mask = "mask"
    hints = (("is_causal", "mask"),)
    examples = (
        Example(("N, L, 8",), nhead=2, dim_feedforward=12, batch_first=True, num_layers=2),
        Example(("6, N, 8", "6, 6 bool"), nhead=2, dim_feedforward=12, num_layers=1, norm="LayerNorm"),
        Example(("6, 2, 8", "4, 6, 6", "2, 6"), nhead=2, dim_feedforward=12, num_layers=1, is_causal=True),
    )

    num_layers: PositiveInt
    norm: Literal["LayerNorm"] | None = None
    enable_nested_tensor: bool = True
    mask_check: bool = True
    is_causal: bool | None = None

    @property
    def count(self) -> int:
        return self.num_layers

    def lower(self, src: TensorType, *masks: TensorType | None) -> Module:
        options: dict[str, Argument] = {"num_layers": self.num_layers}
        if self.norm:
            options["norm"] = self.last_norm(src)
        # where torch cannot use them it would say so with a warning
        if not self.enable_nested_tensor or not self._may_nest:
            options["enable_nested_tensor"] = False
        if not self.mask_check:
            options["mask_check"] = False
        make = Call("torch.nn.TransformerEncoder", self.layer("TransformerEncoderLayer", src), **options)
        return self.called(make, self.ports, 1, (src, *masks))

    @property
    def _may_nest(self) -> bool:
        """Whether torch.nn.TransformerEncoder.use_nested_tensor can be."""
        return self.batch_first and not self.norm_first and self.bias and self.nhead % 2 == 0

    def weights(self, src: TensorType, *masks: TensorType | None) -> Mapping[str, Weight]:
        d_model = declared(None, src.shape[-1], "d_model")
        layers = stacked(self.num_layers, self.layer_weights(d_model, "self_attn"))
        return layers | (self.norm_weights(d_model, "norm") if self.norm else {})


class _Decoder(Layers):
    """What a decoder's layer and a stack of them share."""

    ports = (
        "tgt",
        "memory",
        "tgt_mask?",
        "memory_mask?",
        "tgt_key_padding_mask?",
        "memory_key_padding_mask?",
    )
    hints = (("tgt_is_causal", "tgt_mask"), ("memory_is_causal", "memory_mask"))

    def infer(
        self,
        tgt: TensorType,
        memory: TensorType,
        tgt_mask: TensorType | None = None,
        memory_mask: TensorType | None = None,
        tgt_key_padding_mask: TensorType | None = None,
        memory_key_padding_mask: TensorType | None = None,
    ) -> TensorType:
        here, there = self.enter_both(tgt, memory)
        attention_mask(tgt_mask, tgt, here, here, self.nhead, 2)
        attention_mask(memory_mask, tgt, here, there, self.nhead, 3)
        padding_mask(tgt_key_padding_mask, tgt, here, 4)
        padding_mask(memory_key_padding_mask, tgt, there, 5)
        self.check_hints({"tgt_mask": tgt_mask, "memory_mask": memory_mask})
        return tgt

    def macs(self, output: TensorType, tgt: TensorType, memory: TensorType, *masks: TensorType | None) -> Dim:
        here, there = self.sequences(tgt, memory)
        return self.layer_macs(here, here, there) * self.count


class TransformerDecoderLayer(_Decoder):
    """Attention of a sequence to itself, then to `memory`, then two Linear; each with a norm and a skip around it.

    Of a bool mask, true is left out; `tgt_is_causal` and `memory_is_causal` say that the mask is the causal one.
    Shape: `[L, N, C]`, `[S, N, C]` -> `[L, N, C]`, with `batch_first` the batch stands first; masks `[L, L]`, `[L, S]`,
    `[N, L]`, `[N, S]`. Source: torch.nn.TransformerDecoderLayer; Vaswani et al., 2017.
    """

    examples = (
        Example(("N, L, 8", "N, S, 8"), nhead=2, dim_feedforward=12, batch_first=True),
        Example(("6, N, 8", "4, N, 8", "6, 6 bool", "6, 4 bool"), nhead=2, dim_feedforward=12, norm_first=True),
        Example(
            ("6, 2, 8", "4, 2, 8", "6, 6", "8, 6, 4", "2, 6", "2, 4"),
            nhead=4,
            dim_feedforward=12,
            bias=False,
            tgt_is_causal=True,
        ),
    )

    tgt_is_causal: bool = False
    memory_is_causal: bool = False

    def lower(self, tgt: TensorType, memory: TensorType, *masks: TensorType | None) -> Module:
        return self.called(self.layer(type(self).__name__, tgt), self.ports, 2, (tgt, memory, *masks))

    def weights(self, tgt: TensorType, *others: TensorType | None) -> Mapping[str, Weight]:
        return self.layer_weights(declared(None, tgt.shape[-1], "d_model"), "self_attn", "multihead_attn")


class TransformerDecoder(_Decoder):
    """`num_layers` TransformerDecoderLayer one after another, maybe a norm behind them.

    `tgt_is_causal` says that the mask is the causal one; left out, torch compares. Shape: `[L, N, C]`, `[S, N, C]` ->
    `[L, N, C]`; masks as for TransformerDecoderLayer. Source: torch.nn.TransformerDecoder.
    """

    examples = (
        Example(("N, L, 8", "N, S, 8"), nhead=2, dim_feedforward=12, batch_first=True, num_layers=2),
        Example(("6, N, 8", "S, N, 8", "6, 6"), nhead=2, dim_feedforward=12, num_layers=1, norm="LayerNorm"),
    )

    num_layers: PositiveInt
    norm: Literal["LayerNorm"] | None = None
    tgt_is_causal: bool | None = None
    memory_is_causal: bool = False

    @property
    def count(self) -> int:
        return self.num_layers

    def lower(self, tgt: TensorType, memory: TensorType, *masks: TensorType | None) -> Module:
        options: dict[str, Argument] = {"num_layers": self.num_layers}
        if self.norm:
            options["norm"] = self.last_norm(tgt)
        make = Call("torch.nn.TransformerDecoder", self.layer("TransformerDecoderLayer", tgt), **options)
        return self.called(make, self.ports, 2, (tgt, memory, *masks))

    def weights(self, tgt: TensorType, *others: TensorType | None) -> Mapping[str, Weight]:
        d_model = declared(None, tgt.shape[-1], "d_model")
        layers = stacked(self.num_layers, self.layer_weights(d_model, "self_attn", "multihead_attn"))
        return layers | (self.norm_weights(d_model, "norm") if self.norm else {})


class _Both(Heads):
    num_encoder_layers: PositiveInt = 6
    num_decoder_layers: PositiveInt = 6


class Transformer(Layers, _Both):
    """A TransformerEncoder of `src`, and a TransformerDecoder of `tgt` that attends to it, each with a norm behind it.

    Shape: `[S, N, C]`, `[L, N, C]` -> `[L, N, C]`, with `batch_first` the batch stands first; masks as for
    TransformerDecoderLayer. Source: torch.nn.Transformer; Vaswani et al., 2017.
    """

    ports = (
        "src",
        "tgt",
        "src_mask?",
        "tgt_mask?",
        "memory_mask?",
        "src_key_padding_mask?",
        "tgt_key_padding_mask?",
        "memory_key_padding_mask?",
    )
    hints = (("src_is_causal", "src_mask"), ("tgt_is_causal", "tgt_mask"), ("memory_is_causal", "memory_mask"))
    examples = (
        Example(
            ("N, S, 8", "N, L, 8"),
            nhead=2,
            dim_feedforward=12,
            batch_first=True,
            num_encoder_layers=2,
            num_decoder_layers=1,
        ),
        Example(
            ("4, N, 8", "6, N, 8", "4, 4", "6, 6", "6, 4"),
            nhead=2,
            dim_feedforward=12,
            num_encoder_layers=1,
            num_decoder_layers=1,
            bias=False,
        ),
    )

    nhead: PositiveInt = 8
    src_is_causal: bool | None = None
    tgt_is_causal: bool | None = None
    memory_is_causal: bool = False

    def infer(
        self,
        src: TensorType,
        tgt: TensorType,
        src_mask: TensorType | None = None,
        tgt_mask: TensorType | None = None,
        memory_mask: TensorType | None = None,
        src_key_padding_mask: TensorType | None = None,
        tgt_key_padding_mask: TensorType | None = None,
        memory_key_padding_mask: TensorType | None = None,
    ) -> TensorType:
        there, here = self.enter_both(src, tgt)
        attention_mask(src_mask, src, there, there, self.nhead, 2)
        attention_mask(tgt_mask, tgt, here, here, self.nhead, 3)
        attention_mask(memory_mask, tgt, here, there, self.nhead, 4)
        padding_mask(src_key_padding_mask, src, there, 5)
        padding_mask(tgt_key_padding_mask, tgt, here, 6)
        padding_mask(memory_key_padding_mask, tgt, there, 7)
        self.check_hints({"src_mask": src_mask, "tgt_mask": tgt_mask, "memory_mask": memory_mask})
        return tgt

    def lower(self, src: TensorType, tgt: TensorType, *masks: TensorType | None) -> Module:
        own: dict[str, Any] = self.given("d_model", *dict(self.hints))
        make = Call("torch.nn.Transformer", declared(None, src.shape[-1], "d_model"), **own)
        return self.called(make, self.ports, 2, (src, tgt, *masks))

    def weights(self, src: TensorType, *others: TensorType | None) -> Mapping[str, Weight]:
        d_model = declared(None, src.shape[-1], "d_model")
        encoder, decoder = (self.layer_weights(d_model, *names) for names in _ATTENTIONS)
        return {
            **prefixed("encoder", stacked(self.num_encoder_layers, encoder)),
            **self.norm_weights(d_model, "encoder.norm"),
            **prefixed("decoder", stacked(self.num_decoder_layers, decoder)),
            **self.norm_weights(d_model, "decoder.norm"),
        }

    def macs(self, output: TensorType, src: TensorType, tgt: TensorType, *masks: TensorType | None) -> Dim:
        there, here = self.sequences(src, tgt)
        encoder, decoder = self.layer_macs(there, there), self.layer_macs(here, here, there)
        return encoder * self.num_encoder_layers + decoder * self.num_decoder_layers


_ATTENTIONS = (("self_attn",), ("self_attn", "multihead_attn"))
