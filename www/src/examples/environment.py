# Environment variables are set in Options, beside Run.
# Add GREETING there and run this again.
import os

print(os.environ.get("GREETING", "GREETING is not set yet"))
print("working directory:", os.getcwd())
