"""Which functions of torch are of which kind, by name."""

from __future__ import annotations


def _names(text: str) -> frozenset[str]:
    return frozenset(text.split())


ELEMENTWISE = _names(
    """relu relu6 leaky_relu rrelu prelu threshold elu selu celu gelu silu mish softplus sigmoid logsigmoid log_sigmoid
    tanh hardtanh hardswish hardsigmoid softsign tanhshrink softshrink hardshrink clamp clamp_min clamp_max clip
    exp exp2 expm1 log log2 log10 log1p sqrt rsqrt reciprocal square pow rpow float_power abs absolute
    sin cos tan asin acos atan arctan sinh cosh asinh acosh atanh erf erfc erfinv sinc logit
    special_expit special_erf special_log1p special_expm1 nan_to_num sign sgn round floor ceil trunc fix frac"""
)
"""One value in, one value out."""

QUADRATIC = _names(
    """mul multiply matmul rmatmul mm bmm mv dot inner outer ger einsum tensordot kron bilinear lerp cross linalg_cross
    addmm addmv addbmm baddbmm addcmul addr linear
    conv1d conv2d conv3d conv_transpose1d conv_transpose2d conv_transpose3d"""
)
"""Linear in each operand, or in all of them together: at most of degree 2 in what depends on the input."""

LINEAR = _names(
    """view view_as reshape reshape_as flatten unflatten ravel squeeze unsqueeze expand expand_as broadcast_to
    broadcast_tensors repeat repeat_interleave tile permute transpose swapaxes swapdims movedim moveaxis t adjoint
    contiguous clone alias to type type_as float double half bfloat16 cpu cuda requires_grad get
    getitem setitem select narrow index_select gather take take_along_dim index_put index_add index_copy index_fill
    masked_fill masked_select masked_scatter scatter scatter_add slice_scatter select_scatter diagonal diag diag_embed
    tril triu split split_with_sizes tensor_split chunk unsafe_chunk unsafe_split unbind cat concat concatenate stack
    hstack vstack dstack column_stack row_stack atleast_1d atleast_2d atleast_3d flip fliplr flipud roll rot90 unfold
    fold im2col col2im as_strided pixel_shuffle pixel_unshuffle channel_shuffle native_channel_shuffle pad
    constant_pad_nd copy fill zero where real imag view_as_real view_as_complex
    add sub subtract rsub radd neg negative pos positive sum mean cumsum
    avg_pool1d avg_pool2d avg_pool3d adaptive_avg_pool1d adaptive_avg_pool2d adaptive_avg_pool3d
    interpolate upsample upsample_nearest upsample_bilinear affine_grid
    fft_fft fft_ifft fft_rfft fft_irfft fft_fft2 fft_ifft2 fft_rfft2 fft_irfft2 fft_fftn fft_ifftn fft_fftshift
    fft_ifftshift"""
)
"""Sums, shares and rearrangements: what they do to a difference they do to every part of it."""

QUOTIENTS = _names("div divide true_divide")
MAX_POOLS = frozenset(
    f"{kind}max_pool{dims}d{ending}"
    for kind in ("", "adaptive_")
    for dims in (1, 2, 3)
    for ending in ("", "_with_indices")
)
DROPOUTS = _names("""dropout dropout1d dropout2d dropout3d alpha_dropout feature_dropout feature_alpha_dropout""")
"""Identities in evaluation mode."""
