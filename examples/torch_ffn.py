"""The backward pass of a two-layer network in torch, derived instead of written.

The exercise: a ``torch.autograd.Function`` is given whose forward pass is a two-layer network with a
squared error, and whose backward pass is left out. Here the forward pass is stated as formulas,
``torch_function`` makes the function, and torch checks first and second derivatives and compares with its
own autograd. Then the exercise that follows: a batch of any size instead of a single sample.

    python examples/torch_ffn.py
"""

from __future__ import annotations

import sys
from typing import Any

import bracketcalc as bc

IN, HIDDEN, OUT, BATCH = 32, 16, 8, 5
TOLERANCE = 1e-12


def single() -> bc.Definition:
    """Return ‖σ(A2 σ(A1 x + b1) + b2) - y‖² for one sample x, as in the listing."""
    x, y, A1, b1, A2, b2 = bc.tensors("x[d] y[k] A1[h,d] b1[h] A2[k,h] b2[k]")
    hidden = bc.define("h1", bc.sigmoid(A1 @ x + b1))
    output = bc.define("h2", bc.sigmoid(A2 @ hidden + b2))
    return bc.define("loss", bc.dot(output - y, output - y))


def batched() -> bc.Definition:
    """Return the same loss, summed over samples that are the rows of X."""
    X, Y, A1, b1, A2, b2 = bc.tensors("X[n,d] Y[n,k] A1[h,d] b1[h] A2[k,h] b2[k]")
    rows = bc.ones(X.sizes[0])
    hidden = bc.define("H1", bc.sigmoid(X @ A1.T + bc.outer(rows, b1)))
    output = bc.define("H2", bc.sigmoid(hidden @ A2.T + bc.outer(rows, b2)))
    return bc.define("loss", bc.dot(output - Y, output - Y))


def with_torch(given: dict[str, Any]) -> Any:
    """Return the loss as torch computes it; its autograd does the rest."""
    samples, targets = (given[name] for name in ("X", "Y")) if "X" in given else (given["x"], given["y"])
    hidden = (samples @ given["A1"].T + given["b1"]).sigmoid()
    output = (hidden @ given["A2"].T + given["b2"]).sigmoid()
    return (output - targets).pow(2).sum()


def compare(torch: Any, loss: bc.Definition, data: dict[str, Any]) -> float:
    """Check the derived function with torch, and return how far its gradients are from torch's."""
    function = bc.torch_function(loss)
    values = [data[name] for name in function.arguments]
    torch.autograd.gradcheck(function.apply, values)
    torch.autograd.gradgradcheck(function.apply, values, fast_mode=True)
    parameters = [data[name] for name in ("A1", "b1", "A2", "b2")]
    derived = torch.autograd.grad(function.apply(*values), parameters)
    expected = torch.autograd.grad(with_torch(data), parameters)
    return max(float((d - e).abs().max()) for d, e in zip(derived, expected, strict=True))


def main() -> None:
    """Print the derivation, check both functions, train with one of them."""
    try:
        import torch  # noqa: PLC0415 - torch is optional
    except ImportError:
        sys.exit('this example needs torch: pip install ".[peers]"')
    torch.manual_seed(0)

    def parameter(*size: int) -> Any:
        return (torch.randn(*size, dtype=torch.double) / size[-1] ** 0.5).requires_grad_()

    weights = {
        "A1": parameter(HIDDEN, IN),
        "b1": parameter(HIDDEN),
        "A2": parameter(OUT, HIDDEN),
        "b2": parameter(OUT),
    }

    def points(*lead: int) -> tuple[Any, Any]:
        return torch.rand(*lead, IN, dtype=torch.double), torch.rand(*lead, OUT, dtype=torch.double)

    loss = single()
    derivation = bc.derive(loss, bc.tensors("A1[h,d] b1[h] A2[k,h] b2[k]"))
    print("What the listing leaves out\n")
    for line in derivation.equations():
        print(f"  {line.left} = {line.right}")

    print()
    for name, formula, names, data in (
        ("one sample", loss, "xy", points()),
        (f"a batch of {BATCH}", batched(), "XY", points(BATCH)),
    ):
        worst = compare(torch, formula, dict(zip(names, data, strict=True)) | weights)
        print(f"{name}: gradcheck and gradgradcheck pass; at most {worst:.1e} from torch's autograd")
        if not worst < TOLERANCE:
            sys.exit("the gradients are wrong")

    function = bc.torch_function(batched())
    X, Y = points(200)
    optimizer = torch.optim.Adam(weights.values(), lr=0.02)
    for step in range(201):
        given = {"X": X, "Y": Y} | weights
        value = function.apply(*[given[name] for name in function.arguments])
        if step % 50 == 0:
            print(f"step {step:3}: loss {value.item():.4f}")
        optimizer.zero_grad()
        value.backward()
        optimizer.step()


if __name__ == "__main__":
    main()
