# input() asks in the output. Ctrl+D there is the end of input.
import random

secret = random.randint(1, 20)
name = input("What is your name? ")
print(f"Well, {name}, I am thinking of a number from 1 to 20.")

for attempt in range(1, 6):
    guess = int(input(f"Guess {attempt}: "))
    if guess == secret:
        print(f"Yes, in {attempt}.")
        break
    print("Too low." if guess < secret else "Too high.")
else:
    print(f"It was {secret}.")
