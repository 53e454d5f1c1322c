"""What connector authors and demos test with: invented people, vendor-shaped fakes, servers that misbehave on demand."""
