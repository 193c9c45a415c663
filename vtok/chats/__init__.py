"""Chats: read in every form that people have them, and counted as a model's processor makes a prompt of them."""
