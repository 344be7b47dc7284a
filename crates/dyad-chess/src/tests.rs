//! The rules against published counts; the chain against everything that can happen to messages, and against a cheat.

mod chain;
mod restore;
mod rules;
