"""The start of a worker."""

from ..trampoline import launch
from .worker import Worker

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..importer import Importer

    importer: Importer  # the importer puts itself in


def main(channel, commands, acknowledgements, stack, questions, answers):
    """Reports as ready, then leaves the rest to the trampoline: the caller has to raise an error."""
    worker = Worker(importer, channel, commands, acknowledgements, stack, questions, answers)  # noqa: F821
    worker.start()
    launch(worker.steps())
