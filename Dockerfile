# SR Lab on the CPU, as .ci/space.py starts it: docker build -t sr-lab . && docker run --rm -p 7860:7860 sr-lab
FROM python:3.12-slim
RUN useradd --create-home --uid 1000 user
WORKDIR /home/user/app
COPY requirements.txt .
# PyTorch's own index has wheels without CUDA, a tenth of the size; the rest of it is not asked for.
RUN pip install --no-cache-dir torch torchvision --index-url https://download.pytorch.org/whl/cpu \
    && pip install --no-cache-dir -r requirements.txt
COPY app.py ./
COPY assets assets
COPY sr_models sr_models
COPY weights weights
USER 1000
ENV HOME=/home/user GRADIO_SERVER_NAME=0.0.0.0 GRADIO_SERVER_PORT=7860 PYTHONUNBUFFERED=1
EXPOSE 7860
HEALTHCHECK --start-period=60s --timeout=5s CMD \
    ["python", "-c", "from urllib.request import urlopen; urlopen('http://127.0.0.1:7860/healthz', timeout=4)"]
CMD ["python", "app.py"]
