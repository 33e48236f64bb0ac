"""Why a pixel got its label: messages, votes, histories."""
