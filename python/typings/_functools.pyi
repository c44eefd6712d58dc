from functools import partial as partial
