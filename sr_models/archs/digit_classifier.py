"""A net that recognises handwritten digits: LeCun et al., "Gradient-based learning applied to document recognition".

Proc. IEEE 86, 1998, figure 2 (LeNet-5). Differs from it: 3x3 kernels that keep the size, ReLU, max pooling, softmax.

28x28   convolution 1 -> width, ReLU, pool
14x14   convolution width -> 2 width, ReLU, pool
7x7     dense 98 width -> features, ReLU; dense features -> 10
"""

from torch import Tensor, nn

from sr_models.archs._blocks import MIDDLE, check_scale
from sr_models.archs._registry import architecture


@architecture(
    "digit_classifier",
    task="classify",
    paper="LeCun et al. 1998",
    title="Digit classifier",
    summary="Says which digit a small picture shows.",
)
class DigitClassifier(nn.Module):
    """Tell the ten digits apart."""

    channels = 1
    classes = tuple("0123456789")

    def __init__(self, *, scale: int = 1, width: int = 16, features: int = 64, drop: float = 0.3) -> None:
        super().__init__()
        self.scale = check_scale(scale, 1, 1)
        self.body = nn.Sequential(
            nn.Conv2d(1, width, 3, padding=1),
            nn.ReLU(),
            nn.MaxPool2d(2),  # (N, width, 14, 14)
            nn.Conv2d(width, 2 * width, 3, padding=1),
            nn.ReLU(),
            nn.MaxPool2d(2),  # (N, 2 * width, 7, 7)
            nn.Flatten(),
            nn.Dropout(drop),
            nn.Linear(2 * width * 49, features),
            nn.ReLU(),
        )
        self.judge = nn.Linear(features, len(self.classes))

    def features(self, picture: Tensor) -> Tensor:  # (N, 1, 28, 28) in [0, 1] -> (N, features)
        """Return what the last layer judges."""
        return self.body(picture - MIDDLE)

    def forward(self, picture: Tensor) -> Tensor:  # (N, 1, 28, 28) in [0, 1] -> (N, 10)
        return self.judge(self.features(picture))
