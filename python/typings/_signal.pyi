from signal import SIGINT as SIGINT
from signal import SIGURG as SIGURG
from signal import SIGUSR1 as SIGUSR1
from signal import signal as signal
